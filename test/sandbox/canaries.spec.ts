/** Nothing of one call is visible in the next, however it ended, and every call of a version costs the same. */
import { describe, expect, it } from 'vitest';
import { compileEngine } from '../../libs/sandbox/javascript/compile-engine.js';
import type { Engine } from '../../libs/sandbox/javascript/engine.js';
import { enginePlaces } from '../../libs/sandbox/javascript/engine-exports.js';
import { STACK_BYTES, STACK_HEADROOM_BYTES } from '../../libs/sandbox/limits.js';
import { engineBytes } from '../../libs/sandbox/node/engine-file.js';
import { GuestRunner } from '../../libs/sandbox/run-guest.js';
import { type Sample, sampleExecution } from '../../libs/sandbox/sample-execution.js';

const engineModule = compileEngine(engineBytes());

const code = `
let calls = 0;
const kept = [];
export default async (input) => {
  const seen = [calls++, kept.length, typeof globalThis.canary, {}.canary, [].canary, JSON.canary, Math.random.canary, handlerOf.canary];
  const sum = [new Uint32Array(2e5).reduce((a, b) => a + b), new Uint32Array(300).reduce((a, b) => a + b)];
  if (input.kind === 'look') return [seen, sum];
  const secret = 'canary-' + input.kind;
  kept.push(secret);
  for (const o of [globalThis, Object.prototype, Array.prototype, JSON, Math.random, handlerOf]) o.canary = secret;
  const bytes = new Uint32Array(2e5).fill(0xca9a41e5);
  if (input.kind === 'throw') throw new Error(secret);
  if (input.kind === 'spend') for (;;) bytes.reverse();
  if (input.kind === 'recurse') JSON.parse('['.repeat(1e5));
  if (input.kind === 'catch') try { (function f(...a) { f(...a, bytes) })() } catch {}
  if (input.kind === 'fill') { const all = []; for (;;) all.push(new Uint32Array(2e5).fill(0xca9a41e5)) }
  if (input.kind === 'pend') return new Promise(() => {});
  if (input.kind === 'grow') return new Uint32Array(8e6).fill(0xca9a41e5).length;
  return [secret, bytes.length];
};
function handlerOf() {}
`;

const call = (kind: string): Sample => ({ code, input: { kind }, fuelLimit: 300_000_000n });

function engineOf(runner: GuestRunner): Engine {
  const engine = (runner as unknown as { javascript: { engine?: Engine } }).javascript.engine;
  if (engine === undefined) throw new Error('no engine');
  return engine;
}

function answer(runner: GuestRunner, kind: string) {
  const result = runner.run(sampleExecution(call(kind)));
  if ('hostFailure' in result) throw new Error(result.hostFailure);
  return [result.outcome, new TextDecoder().decode(result.output), result.fuel, result.log];
}

/** Every byte of the engine's memory right after it was put back for a call that then does nothing more than look. */
function memoryAfter(runner: GuestRunner): Uint8Array {
  answer(runner, 'look');
  return engineOf(runner).bytes.slice();
}

describe('a call', () => {
  const clean = answer(new GuestRunner(engineModule), 'look');

  it.each(['ok', 'throw', 'spend', 'recurse', 'catch', 'fill', 'pend', 'grow'])('leaves nothing behind: %s', (kind) => {
    const runner = new GuestRunner(engineModule);
    const before = memoryAfter(runner);
    const first = answer(runner, kind);
    expect(answer(runner, 'look')).toEqual(clean);
    expect(Buffer.compare(memoryAfter(runner), before)).toBe(0);
    expect(answer(runner, kind)).toEqual(first);
  });

  it('never reaches below what is wiped of the stack', () => {
    const runner = new GuestRunner(engineModule);
    for (const kind of ['catch', 'recurse', 'throw']) {
      answer(runner, kind);
      const below = engineOf(runner).bytes.subarray(
        enginePlaces.stackBottom,
        enginePlaces.stackTop - STACK_BYTES - STACK_HEADROOM_BYTES,
      );
      expect(below.every((byte) => byte === 0)).toBe(true);
    }
  });

  it('costs the same a hundred thousand times', () => {
    const runner = new GuestRunner(engineModule);
    const execution = sampleExecution({ code: 'export default (n) => [n, Math.random(), {}, [].concat(n)]', input: 7 });
    const fuels = new Set<bigint>();
    for (let i = 0; i < 100_000; i++) {
      const result = runner.run(execution);
      if ('hostFailure' in result) throw new Error(result.hostFailure);
      fuels.add(result.fuel);
    }
    expect(fuels.size).toBe(1);
  });
});
