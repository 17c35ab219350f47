/**
 * Deep recursion ends the same on every host: in a process' main thread (1 MB of stack), in the executor's threads (16 MB) and in a
 * browser's Worker (half a MB); in a fresh engine, and in one whose functions the optimising compiler has been at.
 *
 * Needs: chromium.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Execution, ExecutionResult } from '../../libs/sandbox/execution.js';
import { compileEngine } from '../../libs/sandbox/javascript/compile-engine.js';
import { engineBytes } from '../../libs/sandbox/node/engine-file.js';
import { Executor } from '../../libs/sandbox/node/executor.js';
import { GuestRunner } from '../../libs/sandbox/run-guest.js';
import { handler, sampleExecution } from '../../libs/sandbox/sample-execution.js';
import { Chromium } from '../support/chromium.js';
import { stackShapes } from './stack-shapes.js';

const decoder = new TextDecoder();

const executions = stackShapes.map(({ body }) => sampleExecution({ code: handler(body) }));

/** Work that gets the interpreter's loop, the parser, JSON and regular expressions optimised. */
const warmUp = [
  'let s = 0; for (let i = 0; i < 3e5; i++) s = (s + i * 7) % 1000; return s',
  'const f = (n) => (n < 2 ? n : f(n - 1) + f(n - 2)); return f(19)',
  'let s = 0; for (let i = 0; i < 300; i++) s += JSON.stringify(JSON.parse("[[1,2,{\\"a\\":[3]}]]")).length; return s',
  'let s = 0; for (let i = 0; i < 300; i++) s += eval("(() => { let a = [1, (2 + i)]; return a.map((x) => x + 1)[0] })()"); return s',
  'return "ab".repeat(3000).replace(/(a|b)+?b/g, (m) => m.length).length',
  'const o = { toString: () => "x" }; let s = ""; for (let i = 0; i < 3e4; i++) s = "" + o; return s',
].map((body) => sampleExecution({ code: handler(body) }));

const rowsOf = (results: ExecutionResult[]) =>
  results.map((result, place) => {
    const { name } = stackShapes[place]!;
    if ('hostFailure' in result) return { name, hostFailure: result.hostFailure };
    const { outcome, output, fuel } = result;
    return { name, outcome, output: decoder.decode(output).slice(0, 200), fuel };
  });

async function coldAndWarm(run: (batch: Execution[]) => Promise<ExecutionResult[]>) {
  const cold = rowsOf(await run(executions));
  for (let round = 0; round < 3; round++) await run(warmUp);
  await run(executions);
  return { cold, warm: rowsOf(await run(executions)) };
}

describe('deep recursion', () => {
  let executor: Executor;
  let chromium: Chromium;
  let here: ReturnType<typeof rowsOf>;

  beforeAll(async () => {
    const runner = new GuestRunner(compileEngine(engineBytes()));
    here = rowsOf(executions.map((execution) => runner.run(execution)));
    executor = await Executor.start({ threads: 1 });
    chromium = await Chromium.start({ threads: 1 });
  });
  afterAll(async () => {
    await executor?.stop();
    await chromium?.stop();
  });

  it('ends by the guest’s limits in this process’ main thread, cold and warm', async () => {
    const runner = new GuestRunner(compileEngine(engineBytes()));
    const { cold, warm } = await coldAndWarm(async (batch) => batch.map((execution) => runner.run(execution)));
    expect(cold.filter((row) => row.outcome !== 'stack_overflow' && row.outcome !== 'function_error')).toEqual([]);
    expect(cold).toEqual(here);
    expect(warm).toEqual(here);
  });

  it('ends the same in the executor’s threads, cold and warm', async () => {
    const { cold, warm } = await coldAndWarm(async (batch) => {
      const results = [];
      for (const execution of batch) results.push(await executor.run(execution));
      return results;
    });
    expect(cold).toEqual(here);
    expect(warm).toEqual(here);
  });

  it('ends the same in Chromium’s Worker, cold and warm', async () => {
    const { cold, warm } = await coldAndWarm((batch) => chromium.run(batch));
    expect(cold).toEqual(here);
    expect(warm).toEqual(here);
  });
});
