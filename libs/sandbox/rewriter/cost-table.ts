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

export const costTable: CostTable = {
  version: 1,
  instruction: 1,
  instructions: {
    block: 0,
    loop: 0,
    end: 0,
    else: 0,
    nop: 0,
    br_table: 3,
    call: 8,
    call_indirect: 10,
    'memory.grow': 16,
    'memory.init': 16,
    'memory.copy': 16,
    'memory.fill': 16,
    'table.get': 2,
    'table.set': 8,
    'table.init': 16,
    'table.copy': 16,
    'table.grow': 64,
    'table.fill': 16,
    'ref.func': 8,
    'i32.div_s': 8,
    'i32.div_u': 8,
    'i32.rem_s': 8,
    'i32.rem_u': 8,
    'i64.div_s': 12,
    'i64.div_u': 12,
    'i64.rem_s': 12,
    'i64.rem_u': 12,
    'f32.div': 4,
    'f64.div': 4,
    'f32.sqrt': 5,
    'f64.sqrt': 5,
  },
  bulkByte: 1,
  memoryPage: 65_536,
  tableEntry: 16,
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
