/** What an instruction costs, by the rule that is published; the numbers come from the cost table, which is data. */
export interface Costs {
  /** Of one execution, by opcode; those behind the prefix 0xfc are numbered from 0xfc00. */
  instruction(code: number): number;
  /** More for each byte that a bulk memory operation was asked to touch, whether it then traps or not. */
  bulkByte: number;
  /** The same for elements of tables. */
  bulkElement: number;
  /** More for each page by which a memory grew. */
  grownPage: number;
}

/** More instructions than this run may cost; where exactly it was cut off is of no meaning. */
export class OutOfFuel extends Error {}
