/** Writes the few instructions that instrumenting inserts, by their names in the specification. */
import { opcodeNames, PREFIX_FC } from './opcodes.js';
import { Writer } from './writer.js';

const numberOf = new Map(opcodeNames.flatMap((name, op) => (name === undefined ? [] : [[name, op] as const])));
const code = (name: string): number => numberOf.get(name)!;

export const UNREACHABLE = code('unreachable');
export const IF = code('if');
export const END = code('end');
export const SELECT = code('select');
export const I32_EQ = code('i32.eq');
export const I32_NE = code('i32.ne');
export const I32_LE_U = code('i32.le_u');
export const I32_AND = code('i32.and');
export const I32_SUB = code('i32.sub');
export const I64_NE = code('i64.ne');
export const I64_LT_S = code('i64.lt_s');
export const I64_AND = code('i64.and');
export const I64_SUB = code('i64.sub');
export const I64_MUL = code('i64.mul');
export const I64_EXTEND_I32_U = code('i64.extend_i32_u');
export const F32_EQ = code('f32.eq');
export const F64_EQ = code('f64.eq');
const LOCAL_GET = code('local.get');
const LOCAL_SET = code('local.set');
const LOCAL_TEE = code('local.tee');
const GLOBAL_GET = code('global.get');
const GLOBAL_SET = code('global.set');
const I32_CONST = code('i32.const');
const I64_CONST = code('i64.const');
const F32_CONST = code('f32.const');
const F64_CONST = code('f64.const');
const MEMORY_SIZE = code('memory.size');
const TABLE_SIZE = code('table.size');
/** The block type of a block that takes and gives nothing. */
const EMPTY = 0x40;

export class CodeWriter extends Writer {
  localGet(local: number): void {
    this.byte(LOCAL_GET);
    this.u32(local);
  }

  localSet(local: number): void {
    this.byte(LOCAL_SET);
    this.u32(local);
  }

  localTee(local: number): void {
    this.byte(LOCAL_TEE);
    this.u32(local);
  }

  globalGet(global: number): void {
    this.byte(GLOBAL_GET);
    this.u32(global);
  }

  globalSet(global: number): void {
    this.byte(GLOBAL_SET);
    this.u32(global);
  }

  i32(value: number): void {
    this.byte(I32_CONST);
    this.signed(value);
  }

  i64(value: number): void {
    this.byte(I64_CONST);
    this.signed(value);
  }

  canonicalNan32(): void {
    this.bytes4(F32_CONST, 0x7fc00000);
  }

  canonicalNan64(): void {
    this.bytes4(F64_CONST, 0);
    this.bytes4(undefined, 0x7ff80000);
  }

  private bytes4(op: number | undefined, value: number): void {
    if (op !== undefined) this.byte(op);
    for (let shift = 0; shift < 32; shift += 8) this.byte((value >>> shift) & 0xff);
  }

  beginIf(): void {
    this.byte(IF);
    this.byte(EMPTY);
  }

  memorySize(): void {
    this.byte(MEMORY_SIZE);
    this.byte(0);
  }

  tableSize(table: number): void {
    this.byte(PREFIX_FC);
    this.u32(TABLE_SIZE - 256);
    this.u32(table);
  }
}
