/**
 * Which leaves of the log the export has, as the holes that are left. The log is in order of transfer numbers, a journal in order of
 * (day, number), and around midnight the two differ by a few: a hole is filled later, by a number between its neighbours.
 */
interface Hole {
  start: number;
  /** Exclusive. */
  end: number;
  afterId: bigint;
  beforeId: bigint;
}

export type Place = 'next' | 'fills' | 'repeated' | 'before' | 'out_of_order';

/** Above every number of a transfer. */
const END = 1n << 64n;
/** An honest export has a handful at a time. */
const MAX_HOLES = 100_000;

export class LeafCoverage {
  private readonly holes: Hole[] = [];
  private next: number | undefined;
  private first = 0;
  private lastId = 0n;

  /** @param isWhole the export begins with leaf 0; else with whichever it shows first */
  constructor(isWhole: boolean) {
    if (isWhole) this.next = 0;
  }

  /** @param id undefined: not to be believed, and not compared */
  see(index: number, id: bigint | undefined): Place {
    if (this.next === undefined) this.first = this.next = index;
    if (index >= this.next) return this.seeAhead(index, id, this.next);
    if (index < this.first) return 'before';
    const at = this.holeAt(index);
    const hole = this.holes[at];
    if (hole === undefined) return 'repeated';
    if (id !== undefined && (id <= hole.afterId || id >= hole.beforeId)) return 'out_of_order';
    const parts = [
      { ...hole, end: index, beforeId: id ?? hole.beforeId },
      { ...hole, start: index + 1, afterId: id ?? hole.afterId },
    ];
    this.holes.splice(at, 1, ...parts.filter(({ start, end }) => start < end));
    return 'fills';
  }

  /** What lies between the first leaf and `end` and was not seen. */
  missing(end: number): { start: number; end: number }[] {
    const holes = this.holes
      .filter(({ start }) => start < end)
      .map((hole) => ({ start: hole.start, end: Math.min(hole.end, end) }));
    const reached = this.next ?? end;
    return reached < end ? [...holes, { start: reached, end }] : holes;
  }

  /** One past the highest leaf seen. */
  get reached(): number {
    return this.next ?? 0;
  }

  private seeAhead(index: number, id: bigint | undefined, next: number): Place {
    const isInOrder = id === undefined || id > this.lastId;
    if (index > next && this.holes.length < MAX_HOLES) {
      this.holes.push({ start: next, end: index, afterId: this.lastId, beforeId: id ?? END });
    }
    this.next = index + 1;
    if (id !== undefined && isInOrder) this.lastId = id;
    return isInOrder ? 'next' : 'out_of_order';
  }

  /** By halving: holes are in order. */
  private holeAt(index: number): number {
    let [low, high] = [0, this.holes.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const hole = this.holes[middle] as Hole;
      if (index < hole.start) high = middle - 1;
      else if (index >= hole.end) low = middle + 1;
      else return middle;
    }
    return -1;
  }
}
