import { pause } from './backoff.js';

/** Something to wait on until anything happens: whoever waits looks for itself what has changed. */
export class Change {
  private waiters: (() => void)[] = [];

  signal(): void {
    for (const wake of this.waiters.splice(0)) wake();
  }

  /** Resolves at the next signal, or after `withinMs`. */
  async next(withinMs?: number): Promise<void> {
    const signalled = new Promise<void>((resolve) => this.waiters.push(resolve));
    if (withinMs === undefined) return signalled;
    const timer = new AbortController();
    await Promise.race([signalled, pause(withinMs, timer.signal)]);
    timer.abort();
  }

  /** True when `done` came true in time. */
  async until(done: () => boolean, withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    while (!done() && performance.now() < deadline) await this.next(deadline - performance.now());
    return done();
  }
}
