/** Conversions between numbers, core specification §4.3.4. Floats are given and taken as numbers here, integers as they are kept. */
import { Trap } from './values.js';

interface Range {
  /** Both as floats, both excluded. */
  above: number;
  below: number;
  lowest: bigint;
  highest: bigint;
  bits: 32 | 64;
}

const ranges: Record<string, Range> = {
  i32_s: { above: -(2 ** 31) - 1, below: 2 ** 31, lowest: -(2n ** 31n), highest: 2n ** 31n - 1n, bits: 32 },
  i32_u: { above: -1, below: 2 ** 32, lowest: 0n, highest: 2n ** 32n - 1n, bits: 32 },
  // Between −2⁶³ and the next float below lies nothing: that next one is the first excluded.
  i64_s: { above: -(2 ** 63) - 2048, below: 2 ** 63, lowest: -(2n ** 63n), highest: 2n ** 63n - 1n, bits: 64 },
  i64_u: { above: -1, below: 2 ** 64, lowest: 0n, highest: 2n ** 64n - 1n, bits: 64 },
};

export function truncate(to: 'i32' | 'i64', sign: 's' | 'u', value: number): number | bigint {
  const range = ranges[`${to}_${sign}`]!;
  if (Number.isNaN(value)) throw new Trap('invalid conversion to integer');
  if (!(value > range.above && value < range.below)) throw new Trap('integer overflow');
  return kept(range, BigInt(Math.trunc(value)));
}

export function truncateSaturating(to: 'i32' | 'i64', sign: 's' | 'u', value: number): number | bigint {
  const range = ranges[`${to}_${sign}`]!;
  if (Number.isNaN(value)) return kept(range, 0n);
  if (value <= range.above) return kept(range, range.lowest);
  if (value >= range.below) return kept(range, range.highest);
  return kept(range, BigInt(Math.trunc(value)));
}

function kept(range: Range, value: bigint): number | bigint {
  return range.bits === 32 ? Number(BigInt.asIntN(32, value)) : BigInt.asIntN(64, value);
}

/** An integer as a number that rounds to the right f32: rounding to a double first must not make a tie of what was none. */
export function forF32(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  if (magnitude < 2n ** 53n) return Number(value);
  const sticky = (magnitude & 2047n) === 0n ? 0n : 1n;
  const number = Number((magnitude >> 11n) | sticky) * 2048;
  return value < 0n ? -number : number;
}
