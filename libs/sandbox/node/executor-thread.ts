/** A worker thread's main: one guest at a time. It may be terminated at any moment. */
import { parentPort, workerData } from 'node:worker_threads';
import { GuestRunner } from '../run-guest.js';
import type { Answer, FromThread, Work } from './executor-messages.js';

const port = parentPort;
if (port === null) throw new Error('this file runs in a worker thread');
const runner = new GuestRunner((workerData as { engine: WebAssembly.Module }).engine);

function answer({ kind, execution }: Work): Answer {
  return kind === 'run' ? { kind, result: runner.run(execution) } : { kind, result: runner.check(execution) };
}

port.on('message', (work: Work) => port.postMessage({ type: 'answer', answer: answer(work) } satisfies FromThread));
port.postMessage({ type: 'ready' } satisfies FromThread);
