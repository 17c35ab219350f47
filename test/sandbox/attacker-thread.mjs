/** A thread closed as those of guests are, and then in an attacker's hands. */
import { parentPort, workerData } from 'node:worker_threads';
import { attack, hear } from './attacker.mjs';
import { closeThread } from './close-thread.js';

const port = parentPort;
const given = workerData;
closeThread();
port.on('message', hear);
void attack(given, (said) => port.postMessage(said));
