/**
 * How many leases to hold at once. Short tasks would leave a thread idle for a round trip after each, so some wait in reserve;
 * long ones would let the reserve's leases expire, so then none do.
 */
const RESERVE_MS = 100;
const MAX_PER_THREAD = 4;
// The mean of about the last ten tasks: follows a change of work within a second of short tasks.
const WEIGHT = 0.1;

export class Supply {
  private meanMs = RESERVE_MS;

  constructor(private readonly threads: number) {}

  observe(runMs: number): void {
    this.meanMs += (runMs - this.meanMs) * WEIGHT;
  }

  target(): number {
    const reserve = Math.floor(RESERVE_MS / Math.max(1, this.meanMs));
    return this.threads * Math.min(MAX_PER_THREAD, 1 + reserve);
  }
}
