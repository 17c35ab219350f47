/**
 * An engine's whole state, taken between two calls and put back before each: every call starts from the same bytes, so nothing of one
 * is visible in the next, and fuel repeats. Between calls the engine's state is its memory alone: the stack is empty, its pointer
 * back at the top, and the table of functions never changes.
 */

import { STACK_BYTES, STACK_HEADROOM_BYTES } from '../limits.js';
import type { Engine, EngineRoots } from './engine.js';
import { enginePlaces } from './engine-exports.js';

const { stackBottom, stackTop } = enginePlaces;
const PAGE_BYTES = 65_536;

export class Snapshot {
  private constructor(
    private readonly low: Uint8Array,
    private readonly heap: Uint8Array,
    private readonly roots: EngineRoots,
    /** The size an engine's memory must have for this snapshot. */
    readonly pages: number,
  ) {}

  static take(engine: Engine): Snapshot {
    const { bytes, heapEnd, roots } = engine;
    const low = bytes.slice(0, stackBottom);
    const heap = bytes.slice(stackTop, heapEnd);
    return new Snapshot(low, heap, { ...roots }, bytes.length / PAGE_BYTES);
  }

  get heapBytes(): number {
    return this.heap.length;
  }

  /** Whether the engine can be used again: memory never shrinks, and a guest could measure it. */
  fits(engine: Engine): boolean {
    return engine.bytes.length === this.pages * PAGE_BYTES;
  }

  restore(engine: Engine): void {
    const { bytes } = engine;
    const heapEnd = stackTop + this.heap.length;
    // `sbrk` never goes back, so that no call left anything above.
    bytes.fill(0, heapEnd, Math.max(heapEnd, engine.heapEnd));
    bytes.set(this.heap, stackTop);
    wipeStack(engine);
    bytes.set(this.low, 0);
    engine.roots = this.roots;
  }
}

/** A guest that starts right after its module was loaded finds the same empty stack as one restored from a snapshot. */
export function wipeStack(engine: Engine): void {
  engine.bytes.fill(0, stackTop - STACK_BYTES - STACK_HEADROOM_BYTES, stackTop);
}
