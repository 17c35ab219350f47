/**
 * Collects concurrent calls into sets, so that one transaction serves many callers.
 *
 * A set leaves at once while a lane is idle (one caller alone never waits), else when a lane becomes free.
 * Two lanes fill two cores; more add only latency. Every caller gets the outcome of its own item; what a
 * whole set throws reaches each of its callers.
 */
interface Waiting<Item, Outcome> {
  item: Item;
  weight: number;
  resolve: (outcome: Outcome) => void;
  reject: (error: unknown) => void;
}

export class BatchCollector<Item, Outcome> {
  private queue: Waiting<Item, Outcome>[] = [];
  private lanesBusy = 0;
  private scheduled = false;

  constructor(
    private readonly runSet: (items: Item[]) => Promise<Outcome[]>,
    private readonly limits: { maxItems: number; lanes: number; weigh?: (item: Item) => number },
  ) {}

  add(item: Item): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.queue.push({ item, weight: this.limits.weigh?.(item) ?? 1, resolve, reject });
      this.schedule();
    });
  }

  /** Requests parsed in the same turn of the event loop leave together. */
  private schedule(): void {
    if (this.scheduled || this.lanesBusy >= this.limits.lanes) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      while (this.queue.length > 0 && this.lanesBusy < this.limits.lanes) void this.dispatch(this.takeSet());
    });
  }

  private takeSet(): Waiting<Item, Outcome>[] {
    let count = 0;
    let weight = 0;
    for (const waiting of this.queue) {
      if (count > 0 && weight + waiting.weight > this.limits.maxItems) break;
      weight += waiting.weight;
      count += 1;
    }
    return this.queue.splice(0, count);
  }

  private async dispatch(set: Waiting<Item, Outcome>[]): Promise<void> {
    this.lanesBusy += 1;
    try {
      const outcomes = await this.runSet(set.map((waiting) => waiting.item));
      set.forEach((waiting, place) => {
        waiting.resolve(outcomes[place] as Outcome);
      });
    } catch (error) {
      for (const waiting of set) waiting.reject(error);
    } finally {
      this.lanesBusy -= 1;
      if (this.queue.length > 0) this.schedule();
    }
  }
}
