/** The main of a child that an attacker has taken: attacks from there, or from a thread that was closed as a guest's is. */
import { Worker } from 'node:worker_threads';
import { attack, hear } from './attacker.mjs';

let thread;

process.on('message', (message) => {
  if (message.type === 'seen') return thread ? thread.postMessage(message) : hear(message);
  if (!message.inThread) return void attack(message, (said) => process.send(said));
  thread = new Worker(new URL('./attacker-thread.mjs', import.meta.url), { env: {}, workerData: message });
  thread.on('message', (said) => process.send(said));
  thread.on('error', (error) => process.send({ type: 'tried', name: 'start', outcome: { stopped: String(error) } }));
});
