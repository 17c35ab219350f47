/**
 * Every instruction a module may use: WebAssembly 2.0 without SIMD (core specification 5.4, appendix "Index of Instructions"). What is
 * not in this table is refused by its number. One row per run of neighbouring opcodes with the same immediates and types.
 *
 * An instruction is known by one number: its opcode, or 256 + n for the n-th instruction behind the prefix 0xfc.
 */

/** Value types by their binary code (5.3); UNKNOWN is the bottom type of code that is never reached (appendix "Validation Algorithm"). */
export const UNKNOWN = 0;
export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const FUNCREF = 0x70;
export const EXTERNREF = 0x6f;

const typeNames: Record<number, string> = {
  [UNKNOWN]: 'any',
  [I32]: 'i32',
  [I64]: 'i64',
  [F32]: 'f32',
  [F64]: 'f64',
  [FUNCREF]: 'funcref',
  [EXTERNREF]: 'externref',
};
export const typeName = (type: number): string => typeNames[type] ?? `0x${type.toString(16)}`;
export const isReference = (type: number): boolean => type === FUNCREF || type === EXTERNREF;

export const PREFIX_FC = 0xfc;
export const INSTRUCTIONS = 256 + 18;

/** How an instruction is decoded and typed: by the operand and result types of its row, or by rules of its own. */
export const NOT_ALLOWED = 0;
export const PLAIN = 1;
export const MEMORY = 2;
export const OWN = 3;

/** What an instruction means for NaN bits; see canonical-nan.ts. */
export const MAKES_NAN = 1;
export const READS_NO_NAN_BITS = 2;
export const NEVER_NAN = 4;

export const opcodeNames: (string | undefined)[] = new Array(INSTRUCTIONS).fill(undefined);
export const form = new Uint8Array(INSTRUCTIONS);
export const firstOperand = new Uint8Array(INSTRUCTIONS);
export const secondOperand = new Uint8Array(INSTRUCTIONS);
export const resultType = new Uint8Array(INSTRUCTIONS);
/** log2 of the bytes a load or store touches: the most its alignment may say (3.3.7). */
export const naturalAlignment = new Uint8Array(INSTRUCTIONS);
export const nanRole = new Uint8Array(INSTRUCTIONS);
/** Can trap or hands over control, so the fuel global must be exact before it. Bulk instructions see to that themselves. */
export const mayTrap = new Uint8Array(INSTRUCTIONS);

function row(first: number, kind: number, types: [number, number, number], names: string): void {
  for (const [i, name] of names.split(' ').entries()) {
    const op = first + i;
    opcodeNames[op] = name;
    form[op] = kind;
    [firstOperand[op], secondOperand[op], resultType[op]] = types;
  }
}

const own = (first: number, names: string) => row(first, OWN, [0, 0, 0], names);
const unary = (first: number, operand: number, result: number, names: string) => row(first, PLAIN, [operand, 0, result], names);
const binary = (first: number, operand: number, result: number, names: string) =>
  row(first, PLAIN, [operand, operand, result], names);
const load = (first: number, result: number, names: string) => row(first, MEMORY, [I32, 0, result], names);
const store = (first: number, operand: number, names: string) => row(first, MEMORY, [I32, operand, 0], names);

// 5.4.1 control
own(0x00, 'unreachable nop block loop if else');
own(0x0b, 'end br br_if br_table return call call_indirect');
// 5.4.2 reference, 5.4.3 parametric, 5.4.4 variable, 5.4.5 table
own(0xd0, 'ref.null ref.is_null ref.func');
own(0x1a, 'drop select select_t');
own(0x20, 'local.get local.set local.tee global.get global.set table.get table.set');
own(256 + 12, 'table.init elem.drop table.copy table.grow table.size table.fill');
// 5.4.6 memory
load(0x28, I32, 'i32.load');
load(0x29, I64, 'i64.load');
load(0x2a, F32, 'f32.load');
load(0x2b, F64, 'f64.load');
load(0x2c, I32, 'i32.load8_s i32.load8_u i32.load16_s i32.load16_u');
load(0x30, I64, 'i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u');
store(0x36, I32, 'i32.store');
store(0x37, I64, 'i64.store');
store(0x38, F32, 'f32.store');
store(0x39, F64, 'f64.store');
store(0x3a, I32, 'i32.store8 i32.store16');
store(0x3c, I64, 'i64.store8 i64.store16 i64.store32');
own(0x3f, 'memory.size memory.grow');
own(256 + 8, 'memory.init data.drop memory.copy memory.fill');
// 5.4.7 numeric
own(0x41, 'i32.const i64.const f32.const f64.const');
unary(0x45, I32, I32, 'i32.eqz');
binary(0x46, I32, I32, 'i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u');
unary(0x50, I64, I32, 'i64.eqz');
binary(0x51, I64, I32, 'i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u');
binary(0x5b, F32, I32, 'f32.eq f32.ne f32.lt f32.gt f32.le f32.ge');
binary(0x61, F64, I32, 'f64.eq f64.ne f64.lt f64.gt f64.le f64.ge');
unary(0x67, I32, I32, 'i32.clz i32.ctz i32.popcnt');
binary(0x6a, I32, I32, 'i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u i32.and i32.or i32.xor');
binary(0x74, I32, I32, 'i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr');
unary(0x79, I64, I64, 'i64.clz i64.ctz i64.popcnt');
binary(0x7c, I64, I64, 'i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u i64.and i64.or i64.xor');
binary(0x86, I64, I64, 'i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr');
unary(0x8b, F32, F32, 'f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt');
binary(0x92, F32, F32, 'f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign');
unary(0x99, F64, F64, 'f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt');
binary(0xa0, F64, F64, 'f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign');
unary(0xa7, I64, I32, 'i32.wrap_i64');
unary(0xa8, F32, I32, 'i32.trunc_f32_s i32.trunc_f32_u');
unary(0xaa, F64, I32, 'i32.trunc_f64_s i32.trunc_f64_u');
unary(0xac, I32, I64, 'i64.extend_i32_s i64.extend_i32_u');
unary(0xae, F32, I64, 'i64.trunc_f32_s i64.trunc_f32_u');
unary(0xb0, F64, I64, 'i64.trunc_f64_s i64.trunc_f64_u');
unary(0xb2, I32, F32, 'f32.convert_i32_s f32.convert_i32_u');
unary(0xb4, I64, F32, 'f32.convert_i64_s f32.convert_i64_u');
unary(0xb6, F64, F32, 'f32.demote_f64');
unary(0xb7, I32, F64, 'f64.convert_i32_s f64.convert_i32_u');
unary(0xb9, I64, F64, 'f64.convert_i64_s f64.convert_i64_u');
unary(0xbb, F32, F64, 'f64.promote_f32');
unary(0xbc, F32, I32, 'i32.reinterpret_f32');
unary(0xbd, F64, I64, 'i64.reinterpret_f64');
unary(0xbe, I32, F32, 'f32.reinterpret_i32');
unary(0xbf, I64, F64, 'f64.reinterpret_i64');
unary(0xc0, I32, I32, 'i32.extend8_s i32.extend16_s');
unary(0xc2, I64, I64, 'i64.extend8_s i64.extend16_s i64.extend32_s');
unary(256, F32, I32, 'i32.trunc_sat_f32_s i32.trunc_sat_f32_u');
unary(256 + 2, F64, I32, 'i32.trunc_sat_f64_s i32.trunc_sat_f64_u');
unary(256 + 4, F32, I64, 'i64.trunc_sat_f32_s i64.trunc_sat_f32_u');
unary(256 + 6, F64, I64, 'i64.trunc_sat_f64_s i64.trunc_sat_f64_u');

const isFloat = (type: number) => type === F32 || type === F64;
const makesNan = /^f(32|64)\.(add|sub|mul|div|sqrt|ceil|floor|trunc|nearest|min|max|demote_f64|promote_f32)$/;

for (const [op, name] of opcodeNames.entries()) {
  if (name === undefined) continue;
  const operand = firstOperand[op]!;
  const result = resultType[op]!;
  if (form[op] === MEMORY) {
    const bytes = /(8|16|32)(_[su])?$/.exec(name);
    const bits = bytes ? Number(bytes[1]) : name.startsWith('i32') || name.startsWith('f32') ? 32 : 64;
    naturalAlignment[op] = Math.log2(bits / 8);
  }
  if (form[op] === PLAIN && makesNan.test(name)) nanRole[op] = MAKES_NAN | READS_NO_NAN_BITS;
  if (form[op] === PLAIN && isFloat(operand) && !isFloat(result) && !name.includes('reinterpret')) {
    nanRole[op] = READS_NO_NAN_BITS;
  }
  if (name.includes('convert_i')) nanRole[op] = NEVER_NAN;
  const traps = /\.(div_[su]|rem_[su]|trunc_f(32|64)_[su])$|^table\.(get|set)$|^(call|call_indirect|unreachable)$/;
  if (form[op] === MEMORY || traps.test(name)) mayTrap[op] = 1;
}
