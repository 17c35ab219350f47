/** The worker's times and sizes. Programs and tests may change them; the defaults are what the coordinator is tuned for. */
export interface Pace {
  /** How long a poll may wait for work. */
  readonly pollSeconds: number;
  /** Added to a poll's wait before it counts as lost; and the limit of every other call. */
  readonly callTimeoutMs: number;
  readonly beatMs: number;
  /** A finished result waits at most this long for others to share its report … */
  readonly flushMs: number;
  /** … or until there are this many. */
  readonly reportResults: number;
  readonly retryMinMs: number;
  /** A restarted coordinator is found again within this time. */
  readonly retryMaxMs: number;
  /** At a graceful exit running tasks may finish within this time, and reports be delivered within as much again. */
  readonly graceMs: number;
}

export const defaultPace: Pace = {
  pollSeconds: 25,
  callTimeoutMs: 15_000,
  beatMs: 30_000,
  flushMs: 20,
  reportResults: 64,
  retryMinMs: 250,
  retryMaxMs: 10_000,
  graceMs: 5_000,
};
