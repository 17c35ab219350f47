/** A worker thread of Node.js as the pool wants it. */
import { Worker } from 'node:worker_threads';
import type { FromThread, Work } from '../guest-work.js';
import type { GuestThread, ThreadEvents } from '../thread-pool.js';

// The guest's stack of 192 Ki units takes several times that natively: every recursion shape we know ends in ours well below 8 MiB.
const STACK_MIB = 16;
/** Of V8's own heap: copies of code, input and output. Guests' memories live outside it. */
const HEAP_MIB = 128;
const YOUNG_HEAP_MIB = 16;

const threadFile = new URL('./executor-thread.js', import.meta.url);

export function startNodeThread(engine: WebAssembly.Module, events: ThreadEvents): GuestThread {
  const resourceLimits = { stackSizeMb: STACK_MIB, maxOldGenerationSizeMb: HEAP_MIB, maxYoungGenerationSizeMb: YOUNG_HEAP_MIB };
  const worker = new Worker(threadFile, { workerData: { engine }, resourceLimits, env: {}, stdin: false });
  worker.on('message', (message: FromThread) => events.onMessage(message));
  worker.on('error', (error: NodeJS.ErrnoException) => {
    events.onFailure(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'host_out_of_memory' : 'killed');
  });
  worker.on('exit', () => events.onExit());
  return { post: (work: Work) => worker.postMessage(work), terminate: () => void worker.terminate() };
}
