/**
 * What V8 answers to a program of the corpus: the same source in a fresh realm of this very Node.js, under the guest's conditions, so far
 * as a program may look at them: strict, the clock at the job's creation time, UTC.
 */
import assert from 'node:assert/strict';
import vm from 'node:vm';
import type { GuestContext } from '../../libs/sandbox/execution.js';
import type { Program } from './programs/program.js';

process.env.TZ = 'UTC';

/** `Date` with its clock stopped. */
const CLOCK = `(now) => {
  const Real = Date;
  const Fixed = function Date(...args) {
    if (new.target === undefined) return new Real(now).toString();
    return Reflect.construct(Real, args.length === 0 ? [now] : args, new.target === Fixed ? Real : new.target);
  };
  Object.defineProperties(Fixed, Object.getOwnPropertyDescriptors(Real));
  Object.defineProperty(Fixed, 'now', { value: { now: () => now }.now, writable: true, configurable: true });
  Real.prototype.constructor = Fixed;
  globalThis.Date = Fixed;
}`;

/** The answer's JSON text. Rejects with what the program throws. */
export async function v8Answer({ code, input = null }: Program, context: GuestContext): Promise<string | undefined> {
  assert.equal(new Date(2026, 6, 1).getTimezoneOffset(), 0, 'the zone is UTC');
  const realm = vm.createContext({}, { microtaskMode: 'afterEvaluate' });
  vm.runInContext(CLOCK, realm)(Date.parse(context.now));
  const isBytes = input instanceof Uint8Array;
  const body = code.replace('export default', 'exported.default =');
  const ended: { text?: string; error?: unknown } = {};
  // Microtasks of the realm run before this returns; a promise of its own would never tell ours.
  vm.runInContext(
    `((ended, input, isBytes, context) => {
      const exported = {};
      (async function () { 'use strict'; ${body}\n }).call(undefined)
        .then(() => (0, exported.default)(isBytes ? new Uint8Array(JSON.parse(input)) : JSON.parse(input), JSON.parse(context)))
        .then((value) => { ended.text = JSON.stringify(value); }, (error) => { ended.error = error; });
    })`,
    realm,
  )(ended, JSON.stringify(isBytes ? [...input] : input), isBytes, JSON.stringify(context));
  vm.runInContext('0', realm);
  if ('error' in ended) throw ended.error;
  return ended.text;
}
