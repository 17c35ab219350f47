/** What a call costs around the work of its guest: warm, cold, the rewriting of a module, its check at deploy, an executor that waits. */
import { setTimeout as delay } from 'node:timers/promises';
import { compileEngine, instrumentEngine } from '../../libs/sandbox/javascript/compile-engine.js';
import { engineBytes } from '../../libs/sandbox/node/engine-file.js';
import { Executor } from '../../libs/sandbox/node/executor.js';
import { costTable } from '../../libs/sandbox/rewriter/cost-table.js';
import { instrument } from '../../libs/sandbox/rewriter/instrument.js';
import { moduleLimits } from '../../libs/sandbox/rewriter/module-limits.js';
import { GuestRunner } from '../../libs/sandbox/run-guest.js';
import { handler, readResult, sampleExecution } from '../../libs/sandbox/sample-execution.js';
import { MAX_DEPTH } from '../../libs/sandbox/webassembly/figures.js';
import { sampleCall } from '../../libs/sandbox/webassembly/sample-call.js';
import { timed } from './kernels.js';
import { enlarged } from './large-module.js';
import { residentBytesBelow } from './resident-memory.js';
import { median, quantile } from './window.js';

const MIB = 1_048_576;
const SMALL = handler('return { greeting: "hello " + input.name, at: new Date().toISOString() }');
const INPUT = { name: 'Ada' };
const WARM_UP_CALLS = 500;
const rewriteOptions = { costs: costTable, maxMemoryPages: 1024, maxDepth: MAX_DEPTH, limits: moduleLimits };

export interface CallFigures {
  warm: { p50: number; p99: number; perSecond: number; fuel: number };
  cold: number;
  /** Of the engine itself, and of a module like those of users: milliseconds per MiB. */
  rewriting: { engine: number; module: number };
  /** Milliseconds for a module of 1 MiB: decoded, validated, rewritten, compiled, instantiated. */
  deployCheck: number;
}

export function callFigures(kernel: Uint8Array, { calls }: { calls: number }): CallFigures {
  const engine = compileEngine(engineBytes());
  return { warm: warm(engine, calls), cold: cold(engine, Math.max(20, calls / 50)), ...modules(kernel) };
}

function warm(engine: WebAssembly.Module, calls: number): CallFigures['warm'] {
  const runner = new GuestRunner(engine);
  const execution = sampleExecution({ code: SMALL, input: INPUT });
  for (let n = 0; n < WARM_UP_CALLS; n += 1) runner.run(execution);
  const times = Array.from({ length: calls }, () => waited(() => runner.run(execution)));
  const total = timed(() => {
    for (let n = 0; n < calls; n += 1) runner.run(execution);
  });
  const fuel = Number(readResult(runner.run(execution)).fuel);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), perSecond: (calls / total) * 1_000, fuel };
}

/** On the wall: a single call is too short for the CPU's clock. */
function waited(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

/** The first call of a version in a thread that has run others. */
function cold(engine: WebAssembly.Module, versions: number): number {
  const runner = new GuestRunner(engine);
  const first = (n: number): number => timed(() => runner.run(sampleExecution({ code: `${SMALL} // ${n}`, input: INPUT })));
  for (let n = 0; n < 20; n += 1) first(-n);
  return median(Array.from({ length: versions }, (_, n) => first(n)));
}

function modules(kernel: Uint8Array): Pick<CallFigures, 'rewriting' | 'deployCheck'> {
  const file = engineBytes();
  const engine = median(Array.from({ length: 7 }, () => timed(() => instrumentEngine(file)))) / (file.length / MIB);
  const large = enlarged(kernel, MIB);
  const runner = new GuestRunner(compileEngine(file));
  // Other bytes each time, so that nothing is remembered: the custom section at the end changes.
  const check = (n: number): number => {
    const code = Uint8Array.from([...large, 0, 2, 1, n]);
    return timed(() => {
      const result = runner.check(sampleCall(code, { abi: 'handle' }));
      if (!result.ok) throw new Error(`the large module is refused: ${result.message}`);
    });
  };
  const rewriting = (): number => timed(() => instrument(large, rewriteOptions)) / (large.length / MIB);
  return {
    rewriting: { engine, module: median(Array.from({ length: 7 }, rewriting)) },
    deployCheck: median(Array.from({ length: 7 }, (_, n) => check(n))),
  };
}

/** Resident bytes of an idle executor's processes, by its number of threads. */
export async function idleExecutorBytes(threadCounts: readonly number[]): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  for (const threads of threadCounts) {
    const before = residentBytesBelow(process.pid);
    const executor = await Executor.start({ threads });
    const execution = sampleExecution({ code: SMALL, input: INPUT });
    await Promise.all(Array.from({ length: threads * 8 }, () => executor.run(execution)));
    await delay(1_000);
    found.set(threads, residentBytesBelow(process.pid) - before);
    await executor.stop();
    await delay(500);
  }
  return found;
}
