/**
 * The meter: fuel and stack depth in one 64-bit number, so that one subtraction takes both and one comparison checks both.
 *
 *     meter = fuel · 2¹⁶ + depth,   −2⁴⁷ ≤ fuel < 2⁴⁷,   −2¹⁵ ≤ depth < 2¹⁵
 *
 * Both count down and are used up when negative. The depth is given back at a function's exit, so that it is never negative but where the
 * module traps for it; everywhere else the meter is negative exactly when the fuel is. Depth is counted in steps of UNITS_PER_STEP units.
 */

/** Names a module's own exports may not begin with. */
export const RESERVED = 'potluck:';
/** The meter: a mutable i64. */
export const METER_EXPORT = `${RESERVED}meter`;
/** The whole depth, in steps: an immutable i32. */
export const DEPTH_EXPORT = `${RESERVED}depth`;
/** Why the module trapped by itself, when neither fuel nor depth says it: a mutable i32. */
export const FAULT_EXPORT = `${RESERVED}fault`;
/** The module's start function. */
export const START_EXPORT = `${RESERVED}start`;

export const FAULT_HOST_MEMORY = 1;

/** The most fuel the meter can be given: hours of work. */
export const MOST_FUEL = 2n ** 46n;

const DEPTH_BITS = 16;
export const FUEL_UNIT = 2 ** DEPTH_BITS;
/** Bits 63 and 15, the signs of fuel and depth; as a signed number a double holds exactly. */
export const USED_UP = -(2 ** 63) + 2 ** (DEPTH_BITS - 1);

const UNITS_PER_STEP = 32;
const MOST_STEPS = 2 ** (DEPTH_BITS - 1) - 1;

export function depthSteps(units: number): number {
  const steps = Math.floor(units / UNITS_PER_STEP);
  // One less than the most, so that a function may take more than there is.
  if (steps >= MOST_STEPS) throw new RangeError(`a depth of ${units} units (limit ${(MOST_STEPS - 1) * UNITS_PER_STEP})`);
  return steps;
}

/** Steps a function of that many units takes. */
export function mostSteps(units: number): number {
  return Math.min(MOST_STEPS, Math.ceil(units / UNITS_PER_STEP));
}

export const meterOf = (fuel: bigint, depth: bigint): bigint => (fuel << BigInt(DEPTH_BITS)) + depth;
export const depthOf = (meter: bigint): bigint => BigInt.asIntN(DEPTH_BITS, meter);
export const fuelOf = (meter: bigint): bigint => (meter - depthOf(meter)) >> BigInt(DEPTH_BITS);
