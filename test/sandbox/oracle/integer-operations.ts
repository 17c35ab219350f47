/** What the integer instructions compute, core specification §4.3.2, by name. */
import { Trap } from './values.js';

const MIN_I32 = -(2 ** 31);
const MIN_I64 = -(2n ** 63n);
const s64 = (value: bigint) => BigInt.asIntN(64, value);
const u64 = (value: bigint) => BigInt.asUintN(64, value);
const bool = (value: boolean) => (value ? 1 : 0);

export const i32Unary: Record<string, (a: number) => number> = {
  'i32.eqz': (a) => bool(a === 0),
  'i32.clz': (a) => Math.clz32(a),
  'i32.ctz': (a) => (a === 0 ? 32 : 31 - Math.clz32(a & -a)),
  'i32.popcnt': (a) => ones(BigInt(a >>> 0)),
  'i32.extend8_s': (a) => (a << 24) >> 24,
  'i32.extend16_s': (a) => (a << 16) >> 16,
};

export const i32Binary: Record<string, (a: number, b: number) => number> = {
  'i32.eq': (a, b) => bool(a === b),
  'i32.ne': (a, b) => bool(a !== b),
  'i32.lt_s': (a, b) => bool(a < b),
  'i32.lt_u': (a, b) => bool(a >>> 0 < b >>> 0),
  'i32.gt_s': (a, b) => bool(a > b),
  'i32.gt_u': (a, b) => bool(a >>> 0 > b >>> 0),
  'i32.le_s': (a, b) => bool(a <= b),
  'i32.le_u': (a, b) => bool(a >>> 0 <= b >>> 0),
  'i32.ge_s': (a, b) => bool(a >= b),
  'i32.ge_u': (a, b) => bool(a >>> 0 >= b >>> 0),
  'i32.add': (a, b) => (a + b) | 0,
  'i32.sub': (a, b) => (a - b) | 0,
  'i32.mul': (a, b) => Math.imul(a, b),
  'i32.div_s': (a, b) => {
    if (b === 0) throw new Trap('integer divide by zero');
    if (a === MIN_I32 && b === -1) throw new Trap('integer overflow');
    return (a / b) | 0;
  },
  'i32.div_u': (a, b) => {
    if (b === 0) throw new Trap('integer divide by zero');
    return Math.floor((a >>> 0) / (b >>> 0)) | 0;
  },
  'i32.rem_s': (a, b) => {
    if (b === 0) throw new Trap('integer divide by zero');
    return (a % b) | 0;
  },
  'i32.rem_u': (a, b) => {
    if (b === 0) throw new Trap('integer divide by zero');
    return ((a >>> 0) % (b >>> 0)) | 0;
  },
  'i32.and': (a, b) => a & b,
  'i32.or': (a, b) => a | b,
  'i32.xor': (a, b) => a ^ b,
  'i32.shl': (a, b) => a << (b & 31),
  'i32.shr_s': (a, b) => a >> (b & 31),
  'i32.shr_u': (a, b) => (a >>> (b & 31)) | 0,
  'i32.rotl': (a, b) => rotl32(a, b & 31),
  'i32.rotr': (a, b) => rotl32(a, (32 - (b & 31)) & 31),
};

export const i64Unary: Record<string, (a: bigint) => bigint> = {
  'i64.clz': (a) => BigInt(64 - (a === 0n ? 0 : u64(a).toString(2).length)),
  'i64.ctz': (a) => (a === 0n ? 64n : BigInt(u64(a & -a).toString(2).length - 1)),
  'i64.popcnt': (a) => BigInt(ones(u64(a))),
  'i64.extend8_s': (a) => BigInt.asIntN(8, a),
  'i64.extend16_s': (a) => BigInt.asIntN(16, a),
  'i64.extend32_s': (a) => BigInt.asIntN(32, a),
};

export const i64Binary: Record<string, (a: bigint, b: bigint) => bigint> = {
  'i64.add': (a, b) => s64(a + b),
  'i64.sub': (a, b) => s64(a - b),
  'i64.mul': (a, b) => s64(a * b),
  'i64.div_s': (a, b) => {
    if (b === 0n) throw new Trap('integer divide by zero');
    if (a === MIN_I64 && b === -1n) throw new Trap('integer overflow');
    return a / b;
  },
  'i64.div_u': (a, b) => {
    if (b === 0n) throw new Trap('integer divide by zero');
    return s64(u64(a) / u64(b));
  },
  'i64.rem_s': (a, b) => {
    if (b === 0n) throw new Trap('integer divide by zero');
    return a % b;
  },
  'i64.rem_u': (a, b) => {
    if (b === 0n) throw new Trap('integer divide by zero');
    return s64(u64(a) % u64(b));
  },
  'i64.and': (a, b) => a & b,
  'i64.or': (a, b) => a | b,
  'i64.xor': (a, b) => a ^ b,
  'i64.shl': (a, b) => s64(a << (b & 63n)),
  'i64.shr_s': (a, b) => a >> (b & 63n),
  'i64.shr_u': (a, b) => s64(u64(a) >> (b & 63n)),
  'i64.rotl': (a, b) => rotl64(a, b & 63n),
  'i64.rotr': (a, b) => rotl64(a, (64n - (b & 63n)) & 63n),
};

export const i64Comparisons: Record<string, (a: bigint, b: bigint) => number> = {
  'i64.eq': (a, b) => bool(a === b),
  'i64.ne': (a, b) => bool(a !== b),
  'i64.lt_s': (a, b) => bool(a < b),
  'i64.lt_u': (a, b) => bool(u64(a) < u64(b)),
  'i64.gt_s': (a, b) => bool(a > b),
  'i64.gt_u': (a, b) => bool(u64(a) > u64(b)),
  'i64.le_s': (a, b) => bool(a <= b),
  'i64.le_u': (a, b) => bool(u64(a) <= u64(b)),
  'i64.ge_s': (a, b) => bool(a >= b),
  'i64.ge_u': (a, b) => bool(u64(a) >= u64(b)),
};

function ones(value: bigint): number {
  return value.toString(2).replaceAll('0', '').length;
}

function rotl32(value: number, by: number): number {
  return by === 0 ? value : (value << by) | (value >>> (32 - by));
}

function rotl64(value: bigint, by: bigint): bigint {
  return s64((u64(value) << by) | (u64(value) >> (64n - by)));
}
