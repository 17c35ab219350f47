/** What is done with a module, and what is seen of it: the same on each host. */
import type { Seeded } from '../../support/seeded.js';
import { EXTERNREF, F32, F64, FUNCREF, type FunctionType, I32, I64, type Module } from './module.js';
import { CANONICAL_F32, CANONICAL_F64, f32Bits, f32Of, f64Bits, f64Of, type TrapKind, type Value } from './values.js';

export interface Call {
  /** Of the export. */
  name: string;
  type: FunctionType;
  /** Numbers as the interpreter keeps them; references are null. */
  values: Value[];
}

export type Failure = TrapKind | 'stack' | 'out of fuel' | 'depth';

export interface CallSeen {
  /** Results, or why there are none. Every NaN looks alike here: JavaScript does not show its bits. */
  end: Value[] | Failure;
  fuel: number;
}

export interface Seen {
  /** Undefined where the module could be instantiated. */
  instantiation: Failure | undefined;
  /** Of the start function. */
  startFuel: number;
  calls: CallSeen[];
  /** What the module told its imports. */
  log: string[];
  globals: Value[];
  memory: Uint8Array;
  /** Of each table, which elements are null. */
  tables: string[];
}

const I32_VALUES = [0, 1, -1, 2, 7, 65_535, 65_536, 2 ** 31 - 1, -(2 ** 31), 0x5f_37_59];
const I64_VALUES = [0n, 1n, -1n, 3n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
const FLOAT_VALUES = [0, -0, 1, -1, 0.5, 1.5, -2.5, 3.4e38, 1e-45, 1e300, 2 ** 31, -(2 ** 63), Infinity, -Infinity];

function valueFor(type: number, random: Seeded): Value {
  if (type === I32) return random.pick(I32_VALUES);
  if (type === I64) return random.pick(I64_VALUES);
  if (type === F32) return f32Bits(random.pick(FLOAT_VALUES));
  return type === F64 ? f64Bits(random.pick(FLOAT_VALUES)) : null;
}

/** Each function that the module defines, as `exposeAll` names it, called once with values that are chosen by the seed. */
export function callsOf(module: Module, random: Seeded): Call[] {
  const { length } = importedFunctions(module);
  return module.functions.map((index, position) => callOf(`f${length + position}`, module.types[index]!, random));
}

/** Each function that the module itself exports, in its order. */
export function callsOfExports(module: Module, random: Seeded): Call[] {
  const types = [...importedFunctions(module), ...module.functions].map((index) => module.types[index]!);
  const functions = module.exports.filter(({ kind }) => kind === 'function');
  return functions.map(({ name, index }) => callOf(name, types[index]!, random));
}

function callOf(name: string, type: FunctionType, random: Seeded): Call {
  return { name, type, values: type.parameters.map((parameter) => valueFor(parameter, random)) };
}

function importedFunctions(module: Module): number[] {
  return module.imports.flatMap(({ external }) => (external.kind === 'function' ? [external.type] : []));
}

export function toHost(value: Value, type: number): unknown {
  if (type === F32) return f32Of(value as number);
  return type === F64 ? f64Of(value as bigint) : value;
}

/** From what JavaScript got to what can be compared. */
export function fromHost(value: unknown, type: number): Value {
  if (type === F32) return f32Bits(value as number);
  if (type === F64) return f64Bits(value as number);
  return shown(value as Value, type);
}

/** From what the interpreter keeps to what can be compared. */
export function shown(value: Value, type: number): Value {
  if (type === F32) return Number.isNaN(f32Of(value as number)) ? CANONICAL_F32 : value;
  if (type === F64) return Number.isNaN(f64Of(value as bigint)) ? CANONICAL_F64 : value;
  if (type === FUNCREF || type === EXTERNREF) return value === null ? 0 : 1;
  return value;
}

export function logged(name: string, values: Value[]): string {
  return `${name}(${values.join(' ')})`;
}

export function tableShown(elements: unknown[]): string {
  return elements.map((element) => (element === null ? '-' : 'x')).join('');
}

/** Hosts do not tell all traps apart: those that share a message in V8 are one. */
export function alike(end: CallSeen['end'] | undefined): CallSeen['end'] | undefined {
  if (end === 'invalid conversion to integer') return 'integer overflow';
  if (end === 'uninitialized element') return 'indirect call type mismatch';
  return end === 'undefined element' ? 'out of bounds table access' : end;
}
