// Needs the build: child process and threads run compiled files.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileEngine } from '../javascript/compile-engine.js';
import { GuestRunner } from '../run-guest.js';
import { handler, readResult, type Sample, sampleExecution } from '../sample-execution.js';
import { engineBytes } from './engine-file.js';
import { Executor } from './executor.js';

const ENDLESS_FUEL = (1n << 47n) - 1n;

describe('the executor', () => {
  let executor: Executor;
  const run = (sample: Sample) => executor.run(sampleExecution(sample));

  beforeAll(async () => {
    executor = await Executor.start({ threads: 2 });
  });
  afterAll(() => executor.stop());

  const childPid = () => (executor as unknown as { child: { pid: number } }).child.pid;
  const expectAlive = async () => expect(readResult(await run({ code: handler('return "alive"') })).output).toBe('alive');

  it('names the walls that stand', () => {
    expect(executor.containment.layers).toEqual(
      expect.arrayContaining(['child process', 'permission model', 'empty environment', 'worker threads', 'memory limit']),
    );
  });

  it('gives on every thread what the guest gives here', async () => {
    const sample = {
      code: handler('let s = 0; for (let i = 0; i < 2e4; i++) s += Math.random(); return [s, input]'),
      input: [1, 'é'],
    };
    const here = readResult(new GuestRunner(compileEngine(engineBytes())).run(sampleExecution(sample)));
    const there = await Promise.all(Array.from({ length: 50 }, () => run(sample)));
    for (const result of there) expect(readResult(result)).toEqual(here);
  });

  it('checks a module without calling its handler', async () => {
    const check = (code: string, wallMs = 20_000) => executor.check(sampleExecution({ code, wallMs }));
    expect(await check(handler('for (;;);'))).toEqual({ ok: true });
    expect(await check('export default 5')).toEqual({
      ok: false,
      message: 'the module has no default export that is a function',
    });
    expect(await check('export default (')).toMatchObject({ ok: false, message: expect.stringContaining('function.js:1') });
    expect(await check('throw new Error("top")')).toEqual({ ok: false, message: 'Error: top' });
    expect(await check('for (;;);')).toEqual({ ok: false, message: 'the call used up its fuel limit of 1000000000' });
  });

  const deep = [
    'const f = () => f() + 1; f()',
    'JSON.parse("[".repeat(1e5))',
    'eval("(".repeat(1e5))',
    'const o = {}; o.toString = () => "" + o; "" + o',
    'let a = []; for (let i = 0; i < 2e4; i++) a = [a]; return a',
    'const p = new Proxy({}, { get: (t, k, r) => r[k] }); p.x',
    'class A { constructor() { new A() } } new A()',
    'function* g() { yield* g() } [...g()]',
    '[1].map(function f() { return [1].map(f) })',
    '[2, 1].sort(function f() { return [2, 1].sort(f) })',
    '"a".replace(/a/, function f() { return "a".replace(/a/, f) })',
    'const o = { toJSON: () => JSON.stringify(o) }; return o',
    'const o = { get x() { return this.x } }; o.x',
    'Reflect.construct(function F() { Reflect.construct(F, []) }, [])',
  ];
  it.each(deep)('ends a deep recursion as the guest’s, not the host’s: %s', async (body) => {
    expect(readResult(await run({ code: handler(body) })).outcome).toBe('stack_overflow');
  });

  it('gives up on a guest that takes too long, and goes on', async () => {
    const loop = { code: handler('for (;;);'), fuelLimit: ENDLESS_FUEL, wallMs: 200 };
    const results = await Promise.all(Array.from({ length: 6 }, () => run(loop)));
    for (const result of results) expect(result).toMatchObject({ hostFailure: 'wall_timeout' });
    await expectAlive();
  });

  it('gives up on work the meter does not see', async () => {
    const body = 'const a = "a".repeat(1e6); let n = 0; for (;;) n += a.indexOf("a".repeat(5e5) + "b")';
    expect(await run({ code: handler(body), fuelLimit: ENDLESS_FUEL, wallMs: 200 })).toMatchObject({
      hostFailure: 'wall_timeout',
    });
    await expectAlive();
  });

  it('survives many memory bombs', async () => {
    const bomb = { code: handler('const a = []; for (;;) a.push(new Uint8Array(1e6).fill(1))'), memoryBytes: 16_000_000 };
    for (let i = 0; i < 20; i++) expect(readResult(await run(bomb)).outcome).toBe('out_of_memory');
    await expectAlive();
  });

  it('answers killed for what ran in a child that died, and starts another', async () => {
    const running = run({ code: handler('for (;;);'), fuelLimit: ENDLESS_FUEL });
    const pid = childPid();
    process.kill(pid, 'SIGKILL');
    expect(await running).toMatchObject({ hostFailure: 'killed' });
    await expectAlive();
    expect(childPid()).not.toBe(pid);
  });

  it('does not run what another runtime should', async () => {
    const execution = sampleExecution({ code: handler('return 1') });
    await expect(executor.run({ ...execution, runtimeId: 'js-0' })).rejects.toThrow('js-0');
    await expect(executor.run({ ...execution, abi: 'handle' })).rejects.toThrow('wasm-1-');
  });
});

describe('an executor with little memory', () => {
  it('ends guests as a failure of the host when its process grows beyond it', async () => {
    const executor = await Executor.start({ threads: 1, memoryBytes: 150 * 1_048_576 });
    const body = 'const a = new Uint8Array(2e8).fill(1); let n = 0; for (;;) n += a[n % 9]';
    const hungry = { code: handler(body), memoryBytes: 512 * 1_048_576, fuelLimit: ENDLESS_FUEL };
    expect(await executor.run(sampleExecution(hungry))).toMatchObject({ hostFailure: 'host_out_of_memory' });
    expect(readResult(await executor.run(sampleExecution({ code: handler('return 1') }))).output).toBe(1);
    await executor.stop();
  });
});

describe('a stopped executor', () => {
  it('answers killed, and leaves no process behind', async () => {
    const executor = await Executor.start({ threads: 1 });
    const { pid } = (executor as unknown as { child: { pid: number } }).child;
    const running = executor.run(sampleExecution({ code: handler('for (;;);'), fuelLimit: ENDLESS_FUEL }));
    await executor.stop();
    expect(await running).toMatchObject({ hostFailure: 'killed' });
    expect(await executor.run(sampleExecution({ code: handler('return 1') }))).toMatchObject({ hostFailure: 'killed' });
    expect(() => execFileSync('ps', ['-p', String(pid)])).toThrow();
  });
});
