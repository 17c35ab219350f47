/** Places seen but not yet reached, the nearest first: a binary heap. */
export interface Step {
  place: string;
  distance: number;
}

export class Frontier {
  private readonly heap: Step[] = [];

  add(place: string, distance: number): void {
    const { heap } = this;
    let at = heap.length;
    heap.push({ place, distance });
    while (at > 0 && this.distanceAt((at - 1) >> 1) > distance) {
      this.swap(at, (at - 1) >> 1);
      at = (at - 1) >> 1;
    }
  }

  takeNearest(): Step | undefined {
    const { heap } = this;
    const nearest = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return nearest;
    heap[0] = last;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = this.distanceAt(right) < this.distanceAt(left) ? right : left;
      if (this.distanceAt(child) >= last.distance) return nearest;
      this.swap(at, child);
      at = child;
    }
  }

  private distanceAt(at: number): number {
    return this.heap[at]?.distance ?? Number.POSITIVE_INFINITY;
  }

  private swap(a: number, b: number): void {
    const { heap } = this;
    [heap[a], heap[b]] = [heap[b] as Step, heap[a] as Step];
  }
}
