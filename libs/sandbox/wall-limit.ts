/** How long a host waits for a guest before it gives up on it. No part of any result: fuel bounds the guest, this bounds a host's mistake. */

// The slowest guest measured runs its fuel well within 20 times the expected time; below 2 s a busy laptop would kill honest work.
const WALL_FACTOR = 20n;
const WALL_MIN_MS = 2_000;

export interface WallBound {
  fuelLimit: bigint;
  /** What a usual machine burns. */
  fuelPerSecond: bigint;
  /** Later nobody wants the result: what is left of the lease, or of the referee's time. */
  atMostMs: number;
}

/** max(2 s, 20 × the time its fuel should take), at most `atMostMs`, and never none at all. */
export function wallLimitMs({ fuelLimit, fuelPerSecond, atMostMs }: WallBound): number {
  const patientMs = Number((fuelLimit * 1_000n * WALL_FACTOR) / fuelPerSecond);
  return Math.max(1, Math.min(Math.max(WALL_MIN_MS, patientMs), atMostMs));
}
