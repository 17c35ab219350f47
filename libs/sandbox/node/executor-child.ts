/**
 * The executor child's main. It holds nothing worth stealing: no key, no environment, no network code, and the permission model leaves
 * it the right to read its own code and no more. It ends with the agent: when the channel closes.
 */
import { constants, networkInterfaces, setPriority } from 'node:os';
import type { MissingLayer } from '../containment.js';
import { compileEngine } from '../javascript/compile-engine.js';
import { ThreadPool } from '../thread-pool.js';
import type { FromChild, InsideView, ToChild } from './executor-messages.js';
import { startNodeThread } from './node-thread.js';

const MEMORY_CHECK_MS = 100;

interface Permission {
  has(scope: string): boolean;
}

let pool: ThreadPool | undefined;

function send(message: FromChild): void {
  if (process.connected) process.send?.(message);
}

function start({ threads, memoryBytes, engine }: Extract<ToChild, { type: 'start' }>): void {
  const hasLowPriority = lowerPriority();
  const engineModule = compileEngine(new Uint8Array(engine));
  pool = new ThreadPool({ threads, startThread: (events) => startNodeThread(engineModule, events) });
  watchMemory(pool, memoryBytes);
  send({ type: 'ready', inside: insideView(hasLowPriority) });
}

function lowerPriority(): boolean {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
    return true;
  } catch {
    // A host that forbids it runs guests at its own priority; the layer is then not reported.
    return false;
  }
}

// Instances live outside V8's heap, so only the process's size tells what guests really hold.
function watchMemory(watched: ThreadPool, memoryBytes: number): void {
  const look = () => {
    if (process.memoryUsage.rss() > memoryBytes) watched.shed('host_out_of_memory');
  };
  setInterval(look, MEMORY_CHECK_MS).unref();
}

/** Only what is found to hold, not what was asked for. */
function insideView(hasLowPriority: boolean): InsideView {
  const { permission } = process as { permission?: Permission };
  const layers = ['WebAssembly', 'worker threads', 'memory limit', 'child process'];
  const missing: MissingLayer[] = [];
  const found = (layer: string, holds: boolean, why: string): unknown =>
    holds ? layers.push(layer) : missing.push({ layer, why });
  found('empty environment', Object.keys(process.env).length === 0, 'something sets variables for every process here');
  found('low priority', hasLowPriority, 'this system does not let a process lower its own priority');
  const isPermitted = permission === undefined || permission.has('fs.write') || permission.has('child');
  found('permission model', !isPermitted, 'this Node.js does not enforce its permissions');
  return { layers, missing, isAlone: isAlone() };
}

function isAlone(): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  // The wall's own process is the first there is, and started this one.
  return process.ppid === 1 && addresses.every(({ internal }) => internal);
}

// bubblewrap's only variable, the folder it went to: the code's own, known anyway.
delete process.env.PWD;

// The agent decides when to end: an interrupt typed at its terminal reaches this process too.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToChild) => {
  if (message.type === 'start') return start(message);
  void pool?.run(message.work).then((answer) => send({ type: 'answer', id: message.id, answer }));
});
