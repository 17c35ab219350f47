/** Modules made by hand: sections from plain descriptions, bodies from instructions by name. */
import { type Bytes, name, section, signed, unsigned, vector } from './encode.js';
import { opcodeOf, opcodes } from './opcodes.js';

export interface FunctionParts {
  parameters: readonly number[];
  results: readonly number[];
  locals?: readonly number[];
  /** Without the last `end`. */
  body: Bytes;
}

export interface ModuleParts {
  functions: readonly FunctionParts[];
  /** Pages. */
  memory?: { minimum: number; maximum?: number };
  table?: { element: number; minimum: number; maximum?: number };
  globals?: readonly { type: number; mutable: boolean; initial: Bytes }[];
  start?: number;
  /** Functions in the table, from its first entry on. */
  elements?: readonly number[];
  /** A passive segment each. */
  data?: readonly Bytes[];
}

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const END = opcodeOf('end');

/** The instruction of that name; its immediates are written as they must stand, numbers as LEB128. */
export function op(instruction: string, ...immediates: (number | bigint | Bytes)[]): number[] {
  const code = opcodeOf(instruction);
  const isSigned = ['i32', 'i64'].includes(opcodes.get(code)!.immediate);
  const written = immediates.flatMap((value) => (typeof value === 'object' ? value : isSigned ? signed(value) : unsigned(value)));
  return [...(code > 0xff ? [0xfc, ...unsigned(code - 0xfc00)] : [code]), ...written];
}

/** Function i is exported as `f`i, everything else by `exposeAll`. */
export function buildModule(parts: ModuleParts): Uint8Array<ArrayBuffer> {
  const { functions } = parts;
  const types = functions.map(({ parameters, results }) => [
    0x60,
    ...vector(parameters.map((type) => [type])),
    ...vector(results.map((type) => [type])),
  ]);
  const exports = functions.map((_, index) => [...name(`f${index}`), 0, ...unsigned(index)]);
  return Uint8Array.from([
    ...HEADER,
    ...section(1, vector(types)),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...(parts.table ? section(4, vector([[parts.table.element, ...limits(parts.table)]])) : []),
    ...(parts.memory ? section(5, vector([limits(parts.memory)])) : []),
    ...(parts.globals
      ? section(6, vector(parts.globals.map(({ type, mutable, initial }) => [type, mutable ? 1 : 0, ...initial, END])))
      : []),
    ...section(7, vector(exports)),
    ...(parts.start === undefined ? [] : section(8, unsigned(parts.start))),
    ...(parts.elements
      ? section(9, vector([[0, ...op('i32.const', 0), END, ...vector(parts.elements.map((index) => unsigned(index)))]]))
      : []),
    ...(parts.data ? section(12, unsigned(parts.data.length)) : []),
    ...section(10, vector(functions.map(code))),
    ...(parts.data ? section(11, vector(parts.data.map((bytes) => [1, ...unsigned(bytes.length), ...bytes]))) : []),
  ]);
}

function limits({ minimum, maximum }: { minimum: number; maximum?: number }): number[] {
  return maximum === undefined ? [0, ...unsigned(minimum)] : [1, ...unsigned(minimum), ...unsigned(maximum)];
}

function code({ locals = [], body }: FunctionParts): number[] {
  const written = [...vector(locals.map((type) => [1, type])), ...body, END];
  return [...unsigned(written.length), ...written];
}
