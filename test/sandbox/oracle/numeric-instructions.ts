/** All instructions that only compute: from the values they take to the one they leave. */
import { forF32, truncate, truncateSaturating } from './conversions.js';
import { f32Signs, f64Signs, floatBinary, floatComparisons, floatUnary } from './float-operations.js';
import { i32Binary, i32Unary, i64Binary, i64Comparisons, i64Unary } from './integer-operations.js';
import { opcodeOf } from './opcodes.js';
import { f32Bits, f32Of, f64Bits, f64Of, type Value } from './values.js';

export interface Numeric {
  operands: 1 | 2;
  /** Whether it may make a NaN; abs, neg and copysign only pass one on. */
  arithmetic: boolean;
  apply(a: Value, b: Value): number | bigint;
}

/** By opcode, so that an interpreter's step is one look-up. */
export const numericInstructions: (Numeric | undefined)[] = [];

function define(name: string, operands: 1 | 2, apply: (a: never, b: never) => number | bigint, arithmetic = false): void {
  numericInstructions[opcodeOf(name)] = { operands, arithmetic, apply: apply as Numeric['apply'] };
}

for (const [name, apply] of Object.entries({ ...i32Unary, ...i64Unary })) define(name, 1, apply);
for (const [name, apply] of Object.entries({ ...i32Binary, ...i64Binary, ...i64Comparisons })) define(name, 2, apply);
define('i64.eqz', 1, (a: bigint) => (a === 0n ? 1 : 0));

for (const [name, apply] of Object.entries(floatUnary)) {
  define(`f32.${name}`, 1, (a: number) => f32Bits(apply(f32Of(a))), true);
  define(`f64.${name}`, 1, (a: bigint) => f64Bits(apply(f64Of(a))), true);
}
for (const [name, apply] of Object.entries(floatBinary)) {
  define(`f32.${name}`, 2, (a: number, b: number) => f32Bits(apply(f32Of(a), f32Of(b))), true);
  define(`f64.${name}`, 2, (a: bigint, b: bigint) => f64Bits(apply(f64Of(a), f64Of(b))), true);
}
for (const [name, apply] of Object.entries(floatComparisons)) {
  define(`f32.${name}`, 2, (a: number, b: number) => apply(f32Of(a), f32Of(b)));
  define(`f64.${name}`, 2, (a: bigint, b: bigint) => apply(f64Of(a), f64Of(b)));
}
for (const [name, apply] of Object.entries(f32Signs)) define(`f32.${name}`, name === 'copysign' ? 2 : 1, apply);
for (const [name, apply] of Object.entries(f64Signs)) define(`f64.${name}`, name === 'copysign' ? 2 : 1, apply);

for (const to of ['i32', 'i64'] as const) {
  for (const sign of ['s', 'u'] as const) {
    define(`${to}.trunc_f32_${sign}`, 1, (a: number) => truncate(to, sign, f32Of(a)));
    define(`${to}.trunc_f64_${sign}`, 1, (a: bigint) => truncate(to, sign, f64Of(a)));
    define(`${to}.trunc_sat_f32_${sign}`, 1, (a: number) => truncateSaturating(to, sign, f32Of(a)));
    define(`${to}.trunc_sat_f64_${sign}`, 1, (a: bigint) => truncateSaturating(to, sign, f64Of(a)));
  }
}
define('f32.convert_i32_s', 1, (a: number) => f32Bits(a));
define('f32.convert_i32_u', 1, (a: number) => f32Bits(a >>> 0));
define('f32.convert_i64_s', 1, (a: bigint) => f32Bits(forF32(a)));
define('f32.convert_i64_u', 1, (a: bigint) => f32Bits(forF32(BigInt.asUintN(64, a))));
define('f64.convert_i32_s', 1, (a: number) => f64Bits(a));
define('f64.convert_i32_u', 1, (a: number) => f64Bits(a >>> 0));
define('f64.convert_i64_s', 1, (a: bigint) => f64Bits(Number(a)));
define('f64.convert_i64_u', 1, (a: bigint) => f64Bits(Number(BigInt.asUintN(64, a))));
define('f32.demote_f64', 1, (a: bigint) => f32Bits(f64Of(a)), true);
define('f64.promote_f32', 1, (a: number) => f64Bits(f32Of(a)), true);

define('i32.wrap_i64', 1, (a: bigint) => Number(BigInt.asIntN(32, a)));
define('i64.extend_i32_s', 1, (a: number) => BigInt(a));
define('i64.extend_i32_u', 1, (a: number) => BigInt(a >>> 0));
for (const name of ['i32.reinterpret_f32', 'f32.reinterpret_i32']) define(name, 1, (a: number) => a);
for (const name of ['i64.reinterpret_f64', 'f64.reinterpret_i64']) define(name, 1, (a: bigint) => a);
