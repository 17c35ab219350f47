/**
 * The instructions of WebAssembly 2.0 without vectors: opcode, name and the immediates that follow it. Core specification §5.4.
 * Written for the oracle alone: it shares nothing with the rewriter, so that a slip in one is seen by the other.
 * Opcodes behind the prefix 0xfc are numbered from 0xfc00.
 */
export type Immediate =
  | 'none'
  | 'block'
  | 'label'
  | 'labels'
  | 'u32'
  | 'u32u32'
  | 'memarg'
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'types'
  | 'reftype'
  | 'zero'
  | 'u32zero'
  | 'zerozero';

export interface Opcode {
  code: number;
  name: string;
  immediate: Immediate;
}

/** Names of opcodes that follow one another. */
const RUNS: readonly (readonly [number, Immediate, string])[] = [
  [0x00, 'none', 'unreachable nop'],
  [0x02, 'block', 'block loop if'],
  [0x05, 'none', 'else'],
  [0x0b, 'none', 'end'],
  [0x0c, 'label', 'br br_if'],
  [0x0e, 'labels', 'br_table'],
  [0x0f, 'none', 'return'],
  [0x10, 'u32', 'call'],
  [0x11, 'u32u32', 'call_indirect'],
  [0x1a, 'none', 'drop select'],
  [0x1c, 'types', 'select_t'],
  [0x20, 'u32', 'local.get local.set local.tee global.get global.set table.get table.set'],
  [0x28, 'memarg', 'i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u'],
  [0x30, 'memarg', 'i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u'],
  [0x36, 'memarg', 'i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32'],
  [0x3f, 'zero', 'memory.size memory.grow'],
  [0x41, 'i32', 'i32.const'],
  [0x42, 'i64', 'i64.const'],
  [0x43, 'f32', 'f32.const'],
  [0x44, 'f64', 'f64.const'],
  [0x45, 'none', 'i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u'],
  [0x50, 'none', 'i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u'],
  [0x5b, 'none', 'f32.eq f32.ne f32.lt f32.gt f32.le f32.ge'],
  [0x61, 'none', 'f64.eq f64.ne f64.lt f64.gt f64.le f64.ge'],
  [0x67, 'none', 'i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u'],
  [0x71, 'none', 'i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr'],
  [0x79, 'none', 'i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u'],
  [0x83, 'none', 'i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr'],
  [0x8b, 'none', 'f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt'],
  [0x92, 'none', 'f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign'],
  [0x99, 'none', 'f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt'],
  [0xa0, 'none', 'f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign'],
  [0xa7, 'none', 'i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u'],
  [0xac, 'none', 'i64.extend_i32_s i64.extend_i32_u i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u'],
  [0xb2, 'none', 'f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64'],
  [0xb7, 'none', 'f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32'],
  [0xbc, 'none', 'i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64'],
  [0xc0, 'none', 'i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s'],
  [0xd0, 'reftype', 'ref.null'],
  [0xd1, 'none', 'ref.is_null'],
  [0xd2, 'u32', 'ref.func'],
  [0xfc00, 'none', 'i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u'],
  [0xfc04, 'none', 'i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u'],
  [0xfc08, 'u32zero', 'memory.init'],
  [0xfc09, 'u32', 'data.drop'],
  [0xfc0a, 'zerozero', 'memory.copy'],
  [0xfc0b, 'zero', 'memory.fill'],
  [0xfc0c, 'u32u32', 'table.init'],
  [0xfc0d, 'u32', 'elem.drop'],
  [0xfc0e, 'u32u32', 'table.copy'],
  [0xfc0f, 'u32', 'table.grow table.size table.fill'],
];

export const opcodes: ReadonlyMap<number, Opcode> = new Map(
  RUNS.flatMap(([first, immediate, names]) =>
    names.split(' ').map((name, index) => [first + index, { code: first + index, name, immediate }]),
  ),
);

const byName = new Map([...opcodes.values()].map((opcode) => [opcode.name, opcode.code]));

export function opcodeOf(name: string): number {
  const code = byName.get(name);
  if (code === undefined) throw new Error(`there is no instruction ${name}`);
  return code;
}
