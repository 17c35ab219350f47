/**
 * Growing pauses between attempts: doubling to a cap, with jitter so that a thousand workers do not come back in the same instant
 * after a coordinator's restart, and never shorter than a `Retry-After`.
 */
export interface BackoffBounds {
  retryMinMs: number;
  retryMaxMs: number;
}

export class Backoff {
  private attempts = 0;

  constructor(
    private readonly bounds: BackoffBounds,
    private readonly random: () => number,
  ) {}

  /** The next pause; each is longer than the one before until `reset`. */
  next(retryAfterSeconds = 0): number {
    const bound = Math.min(this.bounds.retryMaxMs, this.bounds.retryMinMs * 2 ** Math.min(this.attempts, 16));
    this.attempts += 1;
    return Math.round(retryAfterSeconds * 1000 + bound * (0.5 + this.random() / 2));
  }

  reset(): void {
    this.attempts = 0;
  }
}

/** Resolves after `ms`, or at once when the signal aborts; never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}
