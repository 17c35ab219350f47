/** Looks again and again, with a bound. */
import { DemoError } from './demo-error.js';

export interface UntilOptions {
  withinMs: number;
  everyMs?: number;
  signal?: AbortSignal;
}

/** @throws DemoError with `what` when it has not come true in time */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  { withinMs, everyMs = 100, signal }: UntilOptions,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    signal?.throwIfAborted();
    if (Date.now() > deadline) throw new DemoError(`Within ${Math.round(withinMs / 1000)} s this did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
