/**
 * What a module may weigh. Every count is held against its limit before anything is allocated for it. Beside the published limits
 * (bytes, functions, locals, table entries) stand those that keep decoding, compiling and running within bounded time and memory; real
 * modules of a megabyte stay far below them. They decide which modules run, so they are part of the runtime's id.
 */
export interface ModuleLimits {
  bytes: number;
  types: number;
  /** Parameters or results of one function type. */
  arity: number;
  imports: number;
  /** Functions, imported ones included. */
  functions: number;
  /**
   * Of one function's code. An optimizing compiler takes time and memory for a whole function at once: 3 MB of straight arithmetic took V8
   * 5 s and 750 MB, which no guest pays for.
   */
  bodyBytes: number;
  /** Locals a function declares, its parameters not included. */
  locals: number;
  tables: number;
  /** Entries of one table, at its start and after any growth. */
  tableEntries: number;
  globals: number;
  exports: number;
  elementSegments: number;
  /** Entries of all element segments together. */
  elementEntries: number;
  dataSegments: number;
  nameBytes: number;
  /** Blocks within blocks. */
  nesting: number;
  /** Values on a function's operand stack. */
  operands: number;
  /**
   * Of one function: the locals and operands that are alive where a block begins, summed over its blocks. V8's baseline compiler keeps
   * where each of them is, for each block and until the function's end: 14 to 28 bytes a value, measured. 100,000 `if`s among 1,000
   * locals, 0.6 MB of code, would take it 2.9 GB.
   */
  blockValues: number;
  /** Labels of all br_table instructions together. */
  branchTableLabels: number;
}

export const moduleLimits: ModuleLimits = {
  bytes: 4 * 1024 * 1024,
  types: 10_000,
  arity: 1_000,
  imports: 1_000,
  functions: 20_000,
  bodyBytes: 512 * 1024,
  locals: 1_000,
  tables: 100,
  tableEntries: 10_000,
  globals: 10_000,
  exports: 20_000,
  elementSegments: 10_000,
  elementEntries: 100_000,
  dataSegments: 20_000,
  nameBytes: 100_000,
  nesting: 2_000,
  operands: 10_000,
  blockValues: 5_000_000,
  branchTableLabels: 1_000_000,
};
