import { describe, expect, it } from 'vitest';
import { wallLimitMs } from './wall-limit.js';

const bound = { fuelLimit: 1_000_000_000n, fuelPerSecond: 500_000_000n, atMostMs: 1e9 };

describe('the time a host gives a guest', () => {
  it('is twenty times what its fuel should take', () => {
    expect(wallLimitMs(bound)).toBe(40_000);
  });

  it('is never below two seconds, however little the fuel', () => {
    expect(wallLimitMs({ ...bound, fuelLimit: 1n })).toBe(2_000);
  });

  it('never goes beyond the lease, and is a time even when the lease is over', () => {
    expect(wallLimitMs({ ...bound, atMostMs: 1_500 })).toBe(1_500);
    expect(wallLimitMs({ ...bound, atMostMs: -20 })).toBe(1);
  });
});
