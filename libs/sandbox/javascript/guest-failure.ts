/** Reads what a guest threw, and tells the engine's own limits from the guest's errors. */

import type { Outcome } from '../execution.js';
import type { Engine } from './engine.js';
import { enginePlaces, type Pointer } from './engine-exports.js';

export interface GuestFailure {
  kind: Exclude<Outcome, 'ok'>;
  message: string;
}

export interface ThrownIn {
  engine: Engine;
  memoryBytes: number;
}

const decoder = new TextDecoder();

/** `otherwise`: what the failure is when the guest itself threw. */
export function failureOf(error: Pointer, where: ThrownIn, otherwise: GuestFailure['kind']): GuestFailure {
  const { engine, memoryBytes } = where;
  const heapBytes = engine.heapEnd - enginePlaces.stackTop;
  const [message, place, limit] = explain(error, where);
  if (limit === 'stack') return stackOverflow();
  if (limit === 'memory') return outOfMemory(memoryBytes);
  // The engine throws null when not even an error fits any more. A guest's own null leaves memory free.
  if (message === 'null' && heapBytes > 0.9 * memoryBytes) return outOfMemory(memoryBytes);
  return { kind: otherwise, message: place === '' ? message : `${message} (${place})` };
}

export function outOfMemory(memoryBytes: number): GuestFailure {
  return { kind: 'out_of_memory', message: `the call needs more than its ${memoryBytes} bytes of memory` };
}

export function outOfFuel(limit: bigint): GuestFailure {
  return { kind: 'out_of_fuel', message: `the call used up its fuel limit of ${limit}` };
}

export function stackOverflow(): GuestFailure {
  return { kind: 'stack_overflow', message: 'the call recursed too deeply' };
}

/** `name: message`; for a syntax error its place in the source; which of the engine's limits it is, if any. */
function explain(error: Pointer, { engine, memoryBytes }: ThrownIn): [string, string, string] {
  engine.limitMemory(memoryBytes, true);
  const explained = engine.call(engine.roots.explain, error);
  if (explained.threw) return ['an error that cannot be shown', '', ''];
  const text = decoder.decode(engine.readString(explained.value));
  const [message, stack, limit] = JSON.parse(text) as [string, string, string];
  return [message, /function\.js:\d+(:\d+)?/.exec(stack)?.[0] ?? '', limit];
}
