/**
 * The examples as a reader builds them, run as a node runs them: same bytes and fuel in every call and in another thread.
 *
 * Needs: clang, wasm-ld.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileEngine } from '#libs/sandbox/javascript/compile-engine.js';
import { engineBytes } from '#libs/sandbox/node/engine-file.js';
import { GuestRunner } from '#libs/sandbox/run-guest.js';
import { readResult, sampleExecution } from '#libs/sandbox/sample-execution.js';
import { readCall, type SampleCall, sampleCall } from '#libs/sandbox/webassembly/sample-call.js';
import { buildExamples } from '../../examples/build.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'potluck-examples-'));
const runner = new GuestRunner(compileEngine(engineBytes()));
let modules: Record<string, Uint8Array>;

beforeAll(() => {
  const paths = Object.entries(buildExamples(folder)) as [string, string][];
  modules = Object.fromEntries(paths.map(([name, path]) => [name, new Uint8Array(readFileSync(path))]));
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const examples: [name: string, call: SampleCall, output: string][] = [
  ['word-count', { input: 'two words\nand three more\n' }, '{"lines":2,"words":5,"bytes":25}\n'],
  ['word-count', { input: '' }, '{"lines":0,"words":0,"bytes":0}\n'],
  ['word-count', { input: 'a b\n'.repeat(20_000) }, '{"lines":20000,"words":40000,"bytes":80000}\n'],
  ['checksum', { abi: 'handle', input: '123456789' }, '"cbf43926"'],
  ['checksum', { abi: 'handle', input: '' }, '"00000000"'],
  ['checksum', { abi: 'handle', input: new Uint8Array(500_000) }, '"389c07b1"'],
  ['primes', { abi: 'handle', input: '{"below":100}' }, '{"count":25}'],
  ['primes', { abi: 'handle', input: '1000000' }, '{"count":78498}'],
  ['primes', { abi: 'handle', input: 'null' }, '{"count":0}'],
];

describe('a WebAssembly example', () => {
  it.each(examples)('answers what its header says: %s %#', (name, call, output) => {
    const code = modules[name] as Uint8Array;
    expect(runner.check(sampleCall(code, call))).toEqual({ ok: true });
    const first = readCall(runner.run(sampleCall(code, call)));
    expect(first).toMatchObject({ outcome: 'ok', output });
    for (let i = 0; i < 20; i++) expect(readCall(runner.run(sampleCall(code, call)))).toEqual(first);
  });

  it('takes the same fuel in a worker thread', async () => {
    const calls = examples.map(([name, call]) => sampleCall(modules[name] as Uint8Array, call));
    const here = calls.map((call) => readCall(runner.run(call)));
    expect(await inThread(calls)).toEqual(here.map(({ outcome, output, fuel }) => ({ outcome, output, fuel })));
  });

  it('that has no memory left for its input fails by a defined outcome', () => {
    const call = { abi: 'handle' as const, input: new Uint8Array(300_000), memoryBytes: 262_144 };
    expect(readCall(runner.run(sampleCall(modules.checksum as Uint8Array, call))).outcome).toBe('trap');
    expect(readCall(runner.run(sampleCall(modules.primes as Uint8Array, call))).outcome).toBe('trap');
  });
});

describe('a JavaScript example', () => {
  const bundled = (path: string): string => {
    const options = { bundle: true, write: false, format: 'esm', target: 'es2022', platform: 'neutral' } as const;
    return buildSync({ entryPoints: [join(root, 'examples', path)], ...options }).outputFiles[0]?.text ?? '';
  };

  it('answers what its header says: js/median.js', () => {
    const code = readFileSync(join(root, 'examples/js/median.js'), 'utf8');
    expect(readResult(runner.run(sampleExecution({ code, input: [3, 1, 2] }))).output).toBe(2);
    expect(readResult(runner.run(sampleExecution({ code, input: [4, 1, 3, 2] }))).output).toBe(2.5);
    expect(readResult(runner.run(sampleExecution({ code, input: [] }))).outcome).toBe('function_error');
  });

  it('answers what its header says: ts/distances.ts', () => {
    const roads = [
      ['a', 'b', 5],
      ['b', 'c', 1],
      ['a', 'c', 9],
    ];
    const code = bundled('ts/distances.ts');
    expect(readResult(runner.run(sampleExecution({ code, input: { from: 'a', roads } }))).output).toEqual({ a: 0, b: 5, c: 6 });
  });
});

/** Runs the calls in a worker thread, by the built program. */
function inThread(calls: unknown[]): Promise<unknown> {
  const script = `
    const { parentPort, workerData } = require('node:worker_threads');
    (async () => {
      const { WebAssemblyRunner } = await import(workerData.runner);
      const runner = new WebAssemblyRunner();
      const results = workerData.calls.map((call) => {
        const { outcome, output, fuel } = runner.run(call);
        return { outcome, output: new TextDecoder().decode(output), fuel };
      });
      parentPort.postMessage(results);
    })();`;
  const built = new URL('../../dist/libs/sandbox/webassembly/run-webassembly.js', import.meta.url).href;
  const worker = new Worker(script, { eval: true, workerData: { runner: built, calls } });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
