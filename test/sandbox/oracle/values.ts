/**
 * Values as they are kept: an i32 as the signed number, an i64 as the signed bigint, floats as their bits (JavaScript may change a
 * NaN's), a function as its instance, any other reference as it came from the host.
 */
import type { FunctionInstance } from './instances.js';

export type Value = number | bigint | FunctionInstance | object | null;

/** Why a run ended; the names are those of the specification's tests. */
export class Trap extends Error {
  constructor(readonly kind: TrapKind) {
    super(kind);
  }
}

export type TrapKind =
  | 'unreachable'
  | 'integer divide by zero'
  | 'integer overflow'
  | 'invalid conversion to integer'
  | 'out of bounds memory access'
  | 'out of bounds table access'
  | 'undefined element'
  | 'uninitialized element'
  | 'indirect call type mismatch';

const scratch = new DataView(new ArrayBuffer(8));

export const CANONICAL_F32 = 0x7fc00000;
export const CANONICAL_F64 = 0x7ff8000000000000n;

export function f32Of(bits: number): number {
  scratch.setInt32(0, bits);
  return scratch.getFloat32(0);
}

/** Of any number, rounded; each NaN is the canonical one. */
export function f32Bits(value: number): number {
  if (Number.isNaN(value)) return CANONICAL_F32;
  scratch.setFloat32(0, value);
  return scratch.getInt32(0);
}

export function f64Of(bits: bigint): number {
  scratch.setBigInt64(0, bits);
  return scratch.getFloat64(0);
}

export function f64Bits(value: number): bigint {
  if (Number.isNaN(value)) return CANONICAL_F64;
  scratch.setFloat64(0, value);
  return scratch.getBigInt64(0);
}
