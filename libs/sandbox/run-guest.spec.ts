import { describe, expect, it } from 'vitest';
import { compileEngine } from './javascript/compile-engine.js';
import { engineBytes } from './node/engine-file.js';
import { GuestRunner } from './run-guest.js';
import { handler, readResult, type Sample, sampleExecution } from './sample-execution.js';

const engine = compileEngine(engineBytes());
const runner = new GuestRunner(engine);
const run = (sample: Sample) => readResult(runner.run(sampleExecution(sample)));
const returns = (body: string, input?: unknown) => run({ code: handler(`return ${body}`), input }).output;

describe('a guest that ends well', () => {
  it('gets its input and context and gives back JSON', () => {
    const { outcome, output } = run({ code: handler('return { sum: input.a + input.b, context }'), input: { a: 1, b: 2 } });
    expect(outcome).toBe('ok');
    expect(output).toEqual({
      sum: 3,
      context: {
        jobId: 'job_1',
        now: '2026-01-02T03:04:05.678Z',
        seed: 'seed',
        functionName: 'sample',
        version: '1',
        fuelLimit: '1000000000',
      },
    });
  });

  it('may be asynchronous', () => {
    expect(run({ code: 'export default async (n) => { await null; return n * 2 }', input: 21 }).output).toBe(42);
  });

  it('may await at its top level', () => {
    expect(run({ code: `const z = await Promise.resolve(7); ${handler('return z')}` }).output).toBe(7);
  });

  it('gets bytes as a Uint8Array', () => {
    expect(returns('[input instanceof Uint8Array, ...input]', new Uint8Array([0, 1, 255]))).toEqual([true, 0, 1, 255]);
  });

  it('keeps every character on the way in and out', () => {
    const text = 'a\u0000b é 🍲 \ud800';
    expect(returns('input', text)).toBe(text);
  });

  it('logs by console, the last 4 KiB of it', () => {
    const { log, outcome } = run({ code: handler('for (let i = 0; i < 9999; i++) console.log("é", { i }); return 1') });
    expect(outcome).toBe('ok');
    expect(new TextEncoder().encode(log).length).toBeLessThanOrEqual(4096);
    expect(log.endsWith('é {"i":9998}\n')).toBe(true);
  });
});

describe('a guest that fails', () => {
  const cases: [string, Sample, string, string][] = [
    ['throws', { code: handler('throw new TypeError("boo")') }, 'function_error', 'TypeError: boo'],
    ['throws a text', { code: handler('throw "boo"') }, 'function_error', 'boo'],
    ['throws null', { code: handler('throw null') }, 'function_error', 'null'],
    ['rejects', { code: 'export default async () => { throw new Error("late") }' }, 'function_error', 'Error: late'],
    [
      'throws what cannot be shown',
      { code: handler('throw { get message() { throw 1 } }') },
      'function_error',
      'an error that cannot be shown',
    ],
    [
      'never settles',
      { code: 'export default () => new Promise(() => {})' },
      'function_error',
      "the handler's promise never settles",
    ],
    [
      'has no handler',
      { code: 'export const a = 1' },
      'function_error',
      'TypeError: the module has no default export that is a function',
    ],
    ['does not parse', { code: 'expor default' }, 'function_error', "SyntaxError: expecting ';' (function.js:1:7)"],
    [
      'imports',
      { code: `import fs from 'node:fs'; ${handler('return 1')}` },
      'function_error',
      "ReferenceError: could not load module 'node:fs'",
    ],
    ['loops', { code: handler('for (;;);') }, 'out_of_fuel', 'the call used up its fuel limit of 1000000000'],
    [
      'loops at its top level',
      { code: `for (;;); ${handler('')}` },
      'out_of_fuel',
      'the call used up its fuel limit of 1000000000',
    ],
    ['returns undefined', { code: handler('') }, 'invalid_output', 'the result has no JSON form'],
    ['returns a function', { code: handler('return () => 1') }, 'invalid_output', 'the result has no JSON form'],
    ['returns a symbol', { code: handler('return Symbol("a")') }, 'invalid_output', 'the result has no JSON form'],
    ['returns a BigInt', { code: handler('return 1n') }, 'invalid_output', 'TypeError: Do not know how to serialize a BigInt'],
    ['returns a cycle', { code: handler('const a = {}; a.a = a; return a') }, 'invalid_output', 'TypeError: circular reference'],
    [
      'returns too much',
      { code: handler('return "é".repeat(6)'), maxOutputBytes: 13 },
      'output_too_large',
      'the result has more than 13 bytes',
    ],
    [
      'fills memory',
      { code: handler('const a = []; for (;;) a.push({ a })'), fuelLimit: 20_000_000_000n },
      'out_of_memory',
      'the call needs more than its 67108864 bytes of memory',
    ],
    [
      'takes memory at once',
      { code: handler('return new ArrayBuffer(1e9)') },
      'out_of_memory',
      'the call needs more than its 67108864 bytes of memory',
    ],
    ['recurses', { code: handler('const f = () => f() + 1; f()') }, 'stack_overflow', 'the call recursed too deeply'],
  ];

  it.each(cases)('%s', (_name, sample, kind, message) => {
    const result = run(sample);
    expect(result.outcome).toBe(kind);
    expect(result.output).toEqual({ kind, message });
    expect(result.fuel).toBeGreaterThan(0n);
  });

  it('writes its failure canonically', () => {
    const result = runner.run(sampleExecution({ code: handler('throw new Error("a")') }));
    if ('hostFailure' in result) throw new Error(result.hostFailure);
    expect(new TextDecoder().decode(result.output)).toBe('{"kind":"function_error","message":"Error: a"}');
  });

  it('is cut short at 1 KiB, between characters', () => {
    const { output } = run({ code: handler('throw "a" + "é".repeat(2000)') });
    expect((output as { message: string }).message).toBe(`a${'é'.repeat(511)}`);
  });

  it('reports exactly its limit when the fuel is used up', () => {
    expect(run({ code: handler('for (;;);'), fuelLimit: 1_234_567n }).fuel).toBe(1_234_567n);
  });

  it('is stopped in a chain of microtasks, even behind an answer', () => {
    const chain = 'const next = () => Promise.resolve().then(next); next();';
    const limits = { fuelLimit: 20_000_000n };
    expect(run({ code: `export default async () => { ${chain} await new Promise(() => {}) }`, ...limits }).outcome).toBe(
      'out_of_fuel',
    );
    expect(run({ code: handler(`${chain} return 1`), ...limits }).outcome).toBe('out_of_fuel');
  });

  it('cannot catch the end of its fuel', () => {
    expect(
      run({ code: handler('for (;;) try { for (;;); } catch {} finally { continue }'), fuelLimit: 5_000_000n }).outcome,
    ).toBe('out_of_fuel');
  });

  it('refuses an input that is not JSON', () => {
    const execution = sampleExecution({ code: handler('return input') });
    for (const text of ['{bad', '', '1\u0000 2']) {
      const result = readResult(runner.run({ ...execution, input: new TextEncoder().encode(text) }));
      expect(result.outcome).toBe('function_error');
      expect(result.output).toMatchObject({ message: expect.stringMatching(/^SyntaxError/) });
    }
  });
});

describe("the guest's world", () => {
  it('has a clock that stands still at the job’s time, in UTC', () => {
    const body = '[Date.now(), new Date().toISOString(), new Date().getTimezoneOffset(), new Date(2020, 5, 1).toISOString()]';
    expect(returns(body)).toEqual([1767323045678, '2026-01-02T03:04:05.678Z', 0, '2020-06-01T00:00:00.000Z']);
  });

  it('draws its random numbers from the seed', () => {
    const code = handler('return [Math.random(), Math.random()]');
    const [first, again, other] = ['a', 'a', 'b'].map((seed) => run({ code, seed }).output);
    expect(first).toEqual(again);
    expect(first).not.toEqual(other);
  });

  it('shows clock and chance of the call also to a module while it loads', () => {
    const code = `const at = Date.now(), drawn = Math.random(); ${handler('return [at, drawn, Math.random()]')}`;
    const first = run({ code, now: '2026-01-01T00:00:00Z', seed: 'a' }).output as number[];
    const second = run({ code, now: '2027-01-01T00:00:00Z', seed: 'b' }).output as number[];
    expect([first[0], second[0]]).toEqual([Date.UTC(2026, 0), Date.UTC(2027, 0)]);
    expect(new Set([...first, ...second]).size).toBe(6);
  });

  it('has no way out', () => {
    const names = [
      'process',
      'require',
      'fetch',
      'setTimeout',
      'setInterval',
      'XMLHttpRequest',
      'WebAssembly',
      'Worker',
      'std',
      'os',
    ];
    const uncertain = ['WeakRef', 'FinalizationRegistry', 'SharedArrayBuffer', 'Atomics', 'performance'];
    expect(returns('input.filter((name) => name in globalThis)', [...names, ...uncertain])).toEqual([]);
  });

  it('has no module to import', () => {
    const code = 'export default async () => { try { await import("node:fs") } catch (error) { return error.name } }';
    expect(run({ code }).output).toBe('ReferenceError');
  });
});
