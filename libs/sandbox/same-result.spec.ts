import { describe, expect, it } from 'vitest';
import { compileEngine } from './javascript/compile-engine.js';
import { engineBytes } from './node/engine-file.js';
import { GuestRunner } from './run-guest.js';
import { handler, readResult, type Sample, sampleExecution } from './sample-execution.js';

const engine = compileEngine(engineBytes());

const programs: Sample[] = [
  { code: handler('let s = 0; for (let i = 0; i < 1e5; i++) s += i * i; return s') },
  { code: handler('return JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ i, at: new Date(i), x: Math.random() })))') },
  { code: handler('return "abc".repeat(1000).replace(/(a|b)+c/g, (m) => m.length)') },
  { code: 'export default async () => { let n = 0; for (let i = 0; i < 500; i++) n += await i; return n }' },
  { code: handler('return [3n ** 2000n].map(String)[0].length') },
  { code: handler('const m = new Map(); for (let i = 0; i < 5000; i++) m.set({}, [i]); return m.size') },
  { code: handler('try { (function f() { f() })() } catch (error) { return error.message }') },
  {
    code: handler('const a = []; try { for (;;) a.push(new Uint8Array(1e5)) } catch { return a.length }'),
    memoryBytes: 4_000_000,
  },
  { code: handler('for (;;);'), fuelLimit: 10_000_000n },
  { code: handler('throw new Error(new Error("x").stack)') },
];

describe('the same execution', () => {
  it.each(programs)('gives the same bytes and fuel fifty times: $code', (sample) => {
    const runner = new GuestRunner(engine);
    const results = new Set<string>();
    for (let i = 0; i < 50; i++) {
      const { outcome, output, fuel } = readResult(runner.run(sampleExecution(sample)));
      results.add(JSON.stringify([outcome, output, fuel.toString()]));
    }
    expect(results.size).toBe(1);
  });

  it('gives the same cold, warm, and after any other guest', () => {
    const shared = new GuestRunner(engine);
    const resultOf = (runner: GuestRunner, sample: Sample) => {
      const { outcome, output, fuel } = readResult(runner.run(sampleExecution(sample)));
      return [outcome, output, fuel];
    };
    const cold = programs.map((sample) => resultOf(new GuestRunner(engine), sample));
    const mixed = programs.map((sample) => resultOf(shared, sample));
    const reversed = [...programs].reverse().map((sample) => resultOf(shared, sample));
    expect(mixed).toEqual(cold);
    expect(reversed.reverse()).toEqual(cold);
  });

  it('takes the same fuel whether or not its module could be kept loaded', () => {
    const work = handler('let s = 0; for (let i = 0; i < 100; i++) s += i; return s');
    const runner = new GuestRunner(engine);
    const fuels = Array.from({ length: 3 }, () => readResult(runner.run(sampleExecution({ code: `Date.now(); ${work}` }))).fuel);
    expect(new Set(fuels).size).toBe(1);
  });
});

describe('two calls of one version', () => {
  const twice = (code: string) => {
    const runner = new GuestRunner(engine);
    return [1, 2].map(() => readResult(runner.run(sampleExecution({ code }))).output);
  };

  it('share no variable of the module', () => {
    expect(twice(`let n = 0; ${handler('return ++n')}`)).toEqual([1, 1]);
  });

  it('share no changed built-in', () => {
    const body =
      'const was = [{}.x, JSON.stringify.x, [].map.name]; Object.prototype.x = 1; JSON.stringify.x = 1; const seen = was.map(String); Array.prototype.map = 1; return seen';
    const [first, second] = twice(handler(body));
    expect(first).toEqual(['undefined', 'undefined', 'map']);
    expect(second).toEqual(first);
  });

  it('share no bytes, also after memory grew', () => {
    const body = 'const big = new Uint8Array(3e7); const was = big.lastIndexOf(7) >= 0; big.fill(7); return was';
    expect(twice(handler(body))).toEqual([false, false]);
  });

  it('share no global and no log', () => {
    expect(twice(handler('const was = typeof kept; globalThis.kept = 1; return was'))).toEqual(['undefined', 'undefined']);
  });
});

describe('a guest that breaks its own built-ins', () => {
  it('still has its result written by the real ones', () => {
    const runner = new GuestRunner(engine);
    const body = `JSON.stringify = () => '"forged"'; JSON.parse = () => 0; String.prototype.slice = () => 'x'; Promise.prototype.then = 1; return [1]`;
    expect(readResult(runner.run(sampleExecution({ code: handler(body) }))).output).toEqual([1]);
  });

  it('does not write another failure than its own', () => {
    const runner = new GuestRunner(engine);
    const body = `Error.prototype.toString = () => 'x'; Object.defineProperty(Object.prototype, 'kind', { get() { return 'ok' } }); throw new Error('a')`;
    expect(readResult(runner.run(sampleExecution({ code: handler(body) }))).output).toEqual({
      kind: 'function_error',
      message: 'Error: a',
    });
  });
});
