/**
 * What an executed instruction costs, in fuel. Data: a change of any figure makes another runtime. One unit is about the time of a
 * simple integer instruction in compiled code; what is several times slower weighs more, so that time per fuel stays even.
 */
import { INSTRUCTIONS, opcodeNames } from './opcodes.js';

export interface CostTable {
  version: number;
  /** Of every instruction without an entry of its own. */
  instruction: number;
  /** By the instruction's name in the specification's text format (`select_t`: select with a type). */
  instructions: Readonly<Record<string, number>>;
  /** Each byte of memory.init, memory.copy, memory.fill, beside the instruction itself. */
  bulkByte: number;
  /** Each page of a memory.grow that succeeds. */
  memoryPage: number;
  /** Each entry of table.init, table.copy, table.fill and of a table.grow that succeeds. */
  tableEntry: number;
}

/** The instructions of one family, at one cost. */
const each = (cost: number, names: string): Record<string, number> =>
  Object.fromEntries(names.split(' ').map((name) => [name, cost]));

/**
 * Measured in loops of each instruction on itself, V8 on x64: from 3 fuel per nanosecond (function references copied from table to
 * table) to 30 (select), most of them between 5 and 15. A load that misses every cache is far dearer than its 2; nothing static can know it.
 */
export const costTable: CostTable = {
  version: 1,
  instruction: 1,
  instructions: {
    ...each(0, 'block loop end else nop'),
    ...each(3, 'br_table'),
    ...each(8, 'call'),
    ...each(10, 'call_indirect'),
    ...each(2, 'i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u'),
    ...each(2, 'i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u'),
    ...each(2, 'i32.mul i64.mul f32.add f32.sub f32.mul f64.add f64.sub f64.mul f32.min f32.max f64.min f64.max'),
    ...each(2, 'f32.demote_f64 f64.promote_f32'),
    ...each(3, 'f32.copysign f64.copysign f32.ceil f32.floor f32.trunc f32.nearest f64.ceil f64.floor f64.trunc f64.nearest'),
    ...each(3, 'f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s'),
    ...each(5, 'f32.convert_i64_u f64.convert_i64_u'),
    ...each(10, 'i32.div_s i32.div_u i32.rem_s i32.rem_u'),
    ...each(16, 'i64.div_s i64.div_u i64.rem_s i64.rem_u'),
    ...each(10, 'f32.div'),
    ...each(12, 'f64.div'),
    ...each(15, 'f32.sqrt'),
    ...each(20, 'f64.sqrt'),
    ...each(10, 'i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u'),
    ...each(10, 'i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u'),
    ...each(10, 'i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u'),
    ...each(10, 'i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u'),
    ...each(64, 'memory.init memory.copy'),
    // One of no bytes takes 110 ns, twenty times one of 16.
    ...each(192, 'memory.fill'),
    ...each(1024, 'memory.grow'),
    ...each(4, 'data.drop elem.drop'),
    ...each(8, 'table.get ref.func'),
    ...each(96, 'table.set table.init table.copy table.fill'),
    ...each(256, 'table.grow'),
  },
  bulkByte: 1,
  memoryPage: 65_536,
  tableEntry: 128,
};

/** Costs by instruction number. */
export function costsByOpcode(table: CostTable): Int32Array {
  const costs = new Int32Array(INSTRUCTIONS).fill(table.instruction);
  for (const [name, cost] of Object.entries(table.instructions)) {
    const op = opcodeNames.indexOf(name);
    if (op < 0) throw new Error(`the cost table names no instruction: ${name}`);
    costs[op] = cost;
  }
  return costs;
}
