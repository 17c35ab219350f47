/**
 * The main of a dedicated module Worker: one guest at a time, and the same GuestRunner as in Node.js. It is given everything by
 * messages and asks the network for nothing, so it can be served with a policy that allows it nothing. It may be terminated at any
 * moment.
 */
import { answerWork } from '../guest-work.js';
import { compileEngine } from '../javascript/compile-engine.js';
import { GuestRunner } from '../run-guest.js';
import { probePolicy } from './probe-policy.js';
import { stackFault } from './stack-self-test.js';
import type { FromGuestWorker, ToGuestWorker } from './worker-messages.js';

let runner: GuestRunner | undefined;

// The DOM's types know no Worker's inside: there, postMessage takes no target origin.
const send = (message: FromGuestWorker): void => (self as unknown as Worker).postMessage(message);

async function start(engine: Uint8Array<ArrayBuffer> | WebAssembly.Module): Promise<void> {
  const module = engine instanceof WebAssembly.Module ? engine : compileEngine(engine);
  const starting = new GuestRunner(module);
  const reason = stackFault(starting);
  if (reason !== undefined) return send({ type: 'unfit', reason });
  const containment = await probePolicy();
  runner = starting;
  send({ type: 'ready', engine: module, containment });
}

self.addEventListener('message', ({ data }: MessageEvent<ToGuestWorker>) => {
  if (data.type === 'start') {
    void start(data.engine).catch((error) => send({ type: 'unfit', reason: `the engine does not start here: ${error}` }));
  } else if (runner !== undefined) send({ type: 'answer', answer: answerWork(runner, data.work) });
});
