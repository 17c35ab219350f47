/** A worker thread's main: one guest at a time. It may be terminated at any moment. */
import { parentPort, workerData } from 'node:worker_threads';
import { answerWork, type FromThread, type Work } from '../guest-work.js';
import { GuestRunner } from '../run-guest.js';
import { closeThread } from './close-thread.js';

const port = parentPort;
if (port === null) throw new Error('this file runs in a worker thread');
const runner = new GuestRunner((workerData as { engine: WebAssembly.Module }).engine);
closeThread();

port.on('message', (work: Work) => port.postMessage({ type: 'answer', answer: answerWork(runner, work) } satisfies FromThread));
port.postMessage({ type: 'ready' } satisfies FromThread);
