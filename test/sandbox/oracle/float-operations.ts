/**
 * What the float instructions compute, core specification §4.3.3, by name. A NaN that an operation makes or passes on is the canonical
 * one; abs, neg and copysign are no such operations, they only touch the sign (§4.3.3, fabs, fneg, fcopysign).
 *
 * On f32 it computes in double precision and rounds once more: for + − × ÷ and √ the result is the correctly rounded one
 * (S. A. Figueroa, "When is double rounding innocuous?", 1995).
 */

export const floatUnary: Record<string, (a: number) => number> = {
  ceil: Math.ceil,
  floor: Math.floor,
  trunc: Math.trunc,
  nearest,
  sqrt: Math.sqrt,
};

export const floatBinary: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
};

export const floatComparisons: Record<string, (a: number, b: number) => number> = {
  eq: (a, b) => (a === b ? 1 : 0),
  ne: (a, b) => (a !== b ? 1 : 0),
  lt: (a, b) => (a < b ? 1 : 0),
  gt: (a, b) => (a > b ? 1 : 0),
  le: (a, b) => (a <= b ? 1 : 0),
  ge: (a, b) => (a >= b ? 1 : 0),
};

const SIGN_F32 = 0x80000000 | 0;
const SIGN_F64 = -(2n ** 63n);

export const f32Signs: Record<string, (a: number, b: number) => number> = {
  abs: (a) => a & ~SIGN_F32,
  neg: (a) => a ^ SIGN_F32,
  copysign: (a, b) => (a & ~SIGN_F32) | (b & SIGN_F32),
};

export const f64Signs: Record<string, (a: bigint, b: bigint) => bigint> = {
  abs: (a) => a & ~SIGN_F64,
  neg: (a) => BigInt.asIntN(64, a ^ SIGN_F64),
  copysign: (a, b) => (a & ~SIGN_F64) | (b & SIGN_F64),
};

/** To the nearest integer, halves to the even one; the sign of a zero is the operand's. */
function nearest(value: number): number {
  const below = Math.floor(value);
  const part = value - below;
  if (!(part > 0)) return value;
  const up = part > 0.5 || (part === 0.5 && below % 2 !== 0);
  const rounded = up ? below + 1 : below;
  return rounded === 0 && value < 0 ? -0 : rounded;
}
