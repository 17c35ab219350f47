/**
 * A worker that lies once: a program of the tour, built on the worker's core with an execute function of its own. It serves honestly
 * until it is told `lie`; then it signs one answer with another number in it, says so to whoever started it, and leaves.
 */
import { parseArgs } from 'node:util';
import type { Execution, ExecutionResult } from '#libs/sandbox/execution.js';
import { Executor } from '#libs/sandbox/node/executor.js';
import { runtimeIds } from '#libs/sandbox/runtime-id.js';
import { joinGrid } from '#libs/worker/join-grid.js';
import type { Lease } from '#libs/worker/lease.js';
import { Worker } from '#libs/worker/worker.js';
import type { Primes } from './primes.js';

/** What it tells the tour. */
export type LiarMessage =
  | { type: 'serving'; nodeId: string }
  | { type: 'lied'; nodeId: string; jobId: string; honest: Primes; said: Primes };

const { values } = parseArgs({ options: { url: { type: 'string' }, state: { type: 'string' }, name: { type: 'string' } } });
const { url = '', state = '', name = 'liar' } = values;
const tell = (message: LiarMessage): void => void process.send?.(message);

const node = await joinGrid({ url, stateDirectory: state, name, enrolment: process.env.POTLUCK_ENROL ?? '' });
const executor = await Executor.start({ threads: 1 });
let shallLie = false;

async function execute(execution: Execution, lease: Lease): Promise<ExecutionResult> {
  const result = await executor.run(execution);
  if (!shallLie || 'hostFailure' in result || result.outcome !== 'ok') return result;
  shallLie = false;
  const honest = JSON.parse(new TextDecoder().decode(result.output)) as Primes;
  const said = { ...honest, count: honest.count + 1 };
  tell({ type: 'lied', nodeId: node.nodeId, jobId: lease.jobId, honest, said });
  // It delivers this one and what has begun by now, gives back the rest, and is gone.
  worker.stop();
  return { ...result, output: new TextEncoder().encode(JSON.stringify(said)) };
}

const worker = new Worker({
  url,
  origin: node.origin,
  nodeId: node.nodeId,
  secretKey: node.secretKey,
  runtimes: runtimeIds,
  threads: 1,
  execute,
  onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
});
process.on('message', (message) => {
  if (message === 'lie') shallLie = true;
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => worker.stop());

tell({ type: 'serving', nodeId: node.nodeId });
await worker.run();
await executor.stop();
process.exit(0);
