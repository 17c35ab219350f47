/**
 * The executor child's main. It holds nothing worth stealing: no key, no environment, no network code, and the permission model leaves
 * it the right to read its own code and no more. It ends with the agent: when the channel closes.
 */
import { constants, setPriority } from 'node:os';
import { compileEngine } from '../javascript/compile-engine.js';
import type { FromChild, ToChild } from './executor-messages.js';
import { ThreadPool } from './thread-pool.js';

interface Permission {
  has(scope: string): boolean;
}

let pool: ThreadPool | undefined;

function send(message: FromChild): void {
  if (process.connected) process.send?.(message);
}

function start({ threads, memoryBytes, engine }: Extract<ToChild, { type: 'start' }>): void {
  const hasLowPriority = lowerPriority();
  const threadFile = new URL('./executor-thread.js', import.meta.url);
  const engineModule = compileEngine(new Uint8Array(engine));
  pool = new ThreadPool({ threads, memoryBytes, engine: engineModule, threadFile });
  send({ type: 'ready', layers: standingLayers(hasLowPriority) });
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

/** Only what is found to hold, not what was asked for. */
function standingLayers(hasLowPriority: boolean): string[] {
  const { permission } = process as { permission?: Permission };
  const layers = ['WebAssembly', 'worker threads', 'memory limit', 'child process'];
  if (permission && !permission.has('fs.write') && !permission.has('child')) layers.push('permission model');
  if (Object.keys(process.env).length === 0) layers.push('empty environment');
  if (hasLowPriority) layers.push('low priority');
  return layers;
}

// The agent decides when to end: an interrupt typed at its terminal reaches this process too.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToChild) => {
  if (message.type === 'start') return start(message);
  void pool?.run(message.work).then((answer) => send({ type: 'answer', id: message.id, answer }));
});
