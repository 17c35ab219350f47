import { expect, it } from 'vitest';
import { engineBytes } from '../node/engine-file.js';
import { compileEngine } from './compile-engine.js';
import { Engine } from './engine.js';
import { enginePlaces } from './engine-exports.js';

const MIB = 1_048_576;
const engine = Engine.bare(compileEngine(engineBytes()), { memoryBytes: 64 * MIB, pages: 256 });
engine.nowMs = 1_234_567;
engine.exports.initialize();
const context = engine.exports.newContext(engine.exports.newRuntime(), 0);

it('finds the state of Math.random where the engine has put the clock’s microseconds', () => {
  const view = new DataView(engine.memory.buffer, context, 512);
  const places = Array.from({ length: 64 }, (_, i) => i * 8).filter((at) => view.getBigUint64(at, true) === 1_234_567_000n);
  expect(places).toEqual([enginePlaces.randomInContext]);
});

it('finds the heap between the stack’s top and the end that allocating moves', () => {
  expect(context).toBeGreaterThan(enginePlaces.stackTop);
  expect(context).toBeLessThan(enginePlaces.stackTop + MIB);
  const before = engine.heapEnd;
  const block = engine.exports.malloc(4 * MIB);
  expect(block).toBeLessThanOrEqual(before);
  expect(engine.heapEnd).toBeGreaterThanOrEqual(block + 4 * MIB);
  expect(engine.heapEnd).toBeLessThan(block + 4 * MIB + 131_072);
  expect(engine.bytes.subarray(engine.heapEnd).every((byte) => byte === 0)).toBe(true);
});
