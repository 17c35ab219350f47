/**
 * The browser's executor in a real Chromium, from the built files: equal to Node.js, and as hard to break.
 *
 * Needs: chromium.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileEngine } from '../../libs/sandbox/javascript/compile-engine.js';
import { engineBytes } from '../../libs/sandbox/node/engine-file.js';
import { GuestRunner } from '../../libs/sandbox/run-guest.js';
import { handler, readResult, type Sample, sampleExecution } from '../../libs/sandbox/sample-execution.js';
import { Chromium } from '../support/chromium.js';

const ENDLESS_FUEL = (1n << 47n) - 1n;

const programs: Sample[] = [
  { code: handler('let s = 0; for (let i = 0; i < 1e5; i++) s += Math.random() * i; return [s, input]'), input: [1, 'é\u0000'] },
  { code: handler('return [...input].map((byte) => byte ^ 255)'), input: new Uint8Array([0, 1, 127, 255]) },
  { code: handler('return [context, new Date().toISOString(), 0.1 ** 7, Math.sin(1e22), (1.005).toFixed(2)]') },
  { code: 'export default async () => { let n = 0; for (let i = 0; i < 500; i++) n += await i; return n }' },
  { code: handler('return "abc".repeat(1000).replace(/(a|b)+c/g, (m) => m.length)') },
  { code: handler('throw new TypeError("boo")') },
  { code: handler('for (;;);'), fuelLimit: 10_000_000n },
  { code: handler('const a = []; for (;;) a.push(new Uint8Array(1e5).fill(7))'), memoryBytes: 8_000_000 },
  { code: handler('return 1n') },
  { code: handler('return "x".repeat(100)'), maxOutputBytes: 50 },
  { code: 'export default (' },
];

describe('the executor in Chromium', () => {
  let chromium: Chromium;
  const run = async (sample: Sample) => (await chromium.run([sampleExecution(sample)]))[0]!;

  beforeAll(async () => {
    chromium = await Chromium.start({ threads: 2 });
  });
  afterAll(() => chromium?.stop());

  it('stands behind its walls under the policies that operators are told to send', () => {
    expect(chromium.containment).toEqual({
      layers: ['WebAssembly', 'dedicated Worker', 'no code from text', 'no network'],
      missing: [],
    });
  });

  it('gives the bytes and the fuel that Node.js gives', async () => {
    const runner = new GuestRunner(compileEngine(engineBytes()));
    const executions = programs.map(sampleExecution);
    const here = executions.map((execution) => readResult(runner.run(execution)));
    for (const there of [await chromium.run(executions), await chromium.run(executions)])
      expect(there.map(readResult)).toEqual(here);
  });

  it('checks a module as Node.js does', async () => {
    expect(await chromium.check(sampleExecution({ code: handler('for (;;);') }))).toEqual({ ok: true });
    expect(await chromium.check(sampleExecution({ code: 'export default 5' }))).toMatchObject({ ok: false });
  });

  it('terminates a guest that takes too long, and goes on in a fresh Worker', async () => {
    const loop = { code: handler('for (;;);'), fuelLimit: ENDLESS_FUEL, wallMs: 300 };
    const results = await chromium.run(Array.from({ length: 5 }, () => sampleExecution(loop)));
    for (const result of results) expect(result).toMatchObject({ hostFailure: 'wall_timeout' });
    expect(readResult(await run({ code: handler('return "alive"') })).output).toBe('alive');
  });

  it('answers killed for what ran when a Worker broke, and starts another', async () => {
    const execution = sampleExecution({ code: handler('return 1') });
    // As if the runner itself had a fault: what it needs is not there, and the Worker ends in an error that nobody caught.
    const broken = { ...execution, limits: undefined as never };
    const results = await chromium.run([broken, execution, broken, execution]);
    expect(results.map((result) => ('hostFailure' in result ? result.hostFailure : result.outcome))).toEqual([
      'killed',
      'ok',
      'killed',
      'ok',
    ]);
  });

  it('does not run what another runtime should', async () => {
    const execution = { ...sampleExecution({ code: handler('return 1') }), runtimeId: 'js-0' };
    await expect(chromium.run([execution])).rejects.toThrow('js-0');
  });

  it('runs no other engine than the pinned one', async () => {
    const files = "{ workerUrl: '/guest-worker.js', engineUrl: '/guest-worker.js' }";
    const served = chromium.page.evaluate(
      `import('/browser-executor.js').then(({ BrowserExecutor }) => BrowserExecutor.start(${files}))`,
    );
    await expect(served).rejects.toThrow('not the engine');
  });
});
