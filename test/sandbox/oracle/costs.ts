import { opcodes } from './opcodes.js';

/** What an instruction costs, by the rule that is published; the numbers come from the cost table, which is data. */
export interface Costs {
  /** Of one execution, by opcode; those behind the prefix 0xfc are numbered from 0xfc00. */
  instruction(code: number): number;
  /** More for each byte that a bulk memory operation was asked to touch, whether it then traps or not. */
  bulkByte: number;
  /** The same for elements of tables; for table.grow only when it succeeds. */
  bulkElement: number;
  /** More for each page by which a memory grew. */
  grownPage: number;
}

/** The part of the published table that is needed; by the names of the text format. */
export interface PublishedCosts {
  instruction: number;
  instructions: Readonly<Record<string, number>>;
  bulkByte: number;
  memoryPage: number;
  tableEntry: number;
}

export function costsOf(table: PublishedCosts): Costs {
  const costs: number[] = [];
  for (const { code, name } of opcodes.values()) costs[code] = table.instructions[name] ?? table.instruction;
  return {
    instruction: (code) => costs[code]!,
    bulkByte: table.bulkByte,
    bulkElement: table.tableEntry,
    grownPage: table.memoryPage,
  };
}

/** More instructions than this run may cost; where exactly it was cut off is of no meaning. */
export class OutOfFuel extends Error {}
