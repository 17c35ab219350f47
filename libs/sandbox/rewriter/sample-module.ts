/** Modules for specs, from instructions as text: one per line or `;`, immediates as numbers, block types by value type or type index. */
import { opcodeNames, typeName } from './opcodes.js';
import { Writer } from './writer.js';

const typeCodes = new Map([0x7f, 0x7e, 0x7d, 0x7c, 0x70, 0x6f].map((code) => [typeName(code), code]));

export const bytesOf = (write: (out: Writer) => void): number[] => {
  const out = new Writer(64);
  write(out);
  return [...out.toBytes()];
};
export const unsigned = (value: number): number[] => bytesOf((out) => out.u32(value));
export const signed = (value: number): number[] => bytesOf((out) => out.signed(value));
export const vector = (items: number[][]): number[] => [...unsigned(items.length), ...items.flat()];
export const text = (name: string): number[] => bytesOf((out) => out.name(name));
export const section = (id: number, content: number[]): number[] => [id, ...unsigned(content.length), ...content];
export const preamble = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

function immediates(name: string, words: string[]): number[] {
  if (name === 'block' || name === 'loop' || name === 'if') {
    const type = words[0];
    if (type === undefined) return [0x40];
    return typeCodes.has(type) ? [typeCodes.get(type)!] : signed(Number(type));
  }
  if (name === 'select_t') return [1, typeCodes.get(words[0]!)!];
  if (name === 'ref.null') return [typeCodes.get(words[0]!)!];
  if (name === 'i32.const') return signed(Number(words[0]));
  if (name === 'i64.const') return signed(Number(words[0]));
  if (name === 'f32.const') return [...new Uint8Array(Float32Array.of(Number(words[0])).buffer)];
  if (name === 'f64.const') return [...new Uint8Array(Float64Array.of(Number(words[0])).buffer)];
  const numbers = words.flatMap((word) => unsigned(Number(word)));
  return name === 'br_table' ? [...unsigned(words.length - 1), ...numbers] : numbers;
}

/** Loads and stores take `alignment offset`; a br_table its labels, the default last. */
export function code(source: string): number[] {
  return source
    .split(/[;\n]/)
    .map((line) => line.trim().split(/\s+/))
    .filter(([name]) => name)
    .flatMap(([name, ...words]) => {
      const op = opcodeNames.indexOf(name);
      if (op < 0) throw new Error(`no instruction ${name}`);
      return [...(op < 256 ? [op] : [0xfc, op - 256]), ...immediates(name!, words)];
    });
}

export interface SampleFunction {
  params?: string[];
  results?: string[];
  locals?: string[];
  code: string;
  /** Exported under this name. */
  name?: string;
}

export interface Sample {
  functions: SampleFunction[];
  /** Further function types, behind those of the functions. */
  types?: { params: string[]; results: string[] }[];
  /** Imported functions of module `host`, in front of the module's own. */
  imports?: { name: string; params?: string[]; results?: string[] }[];
  memory?: { min: number; max?: number };
  /** Tables of funcref; the functions named are its first entries. */
  tables?: { min: number; max?: number; entries?: number[] }[];
  globals?: { type: string; initial: string }[];
  data?: string[];
  start?: number;
}

const typesOf = (names: string[] = []) => vector(names.map((name) => [typeCodes.get(name)!]));
const limits = ({ min, max }: { min: number; max?: number }) =>
  max === undefined ? [0, ...unsigned(min)] : [1, ...unsigned(min), ...unsigned(max)];

export function sampleModule(sample: Sample): Uint8Array<ArrayBuffer> {
  const { functions, imports = [], types = [], memory, tables = [], globals = [], data = [], start } = sample;
  const signatures = [...imports, ...functions, ...types];
  const named = functions.flatMap(({ name }, i) => (name === undefined ? [] : [{ name, index: imports.length + i }]));
  const exported = named.map(({ name, index }) => [...text(name), 0, ...unsigned(index)]);
  if (memory) exported.push([...text('memory'), 2, 0]);
  const segments = tables.flatMap(({ entries }, i) =>
    entries ? [[2, ...unsigned(i), ...code('i32.const 0; end'), 0, ...vector(entries.map(unsigned))]] : [],
  );
  const sections: [number, number[], boolean][] = [
    [1, vector(signatures.map(({ params, results }) => [0x60, ...typesOf(params), ...typesOf(results)])), true],
    [2, vector(imports.map(({ name }, i) => [...text('host'), ...text(name), 0, ...unsigned(i)])), imports.length > 0],
    [3, vector(functions.map((_, i) => unsigned(imports.length + i))), true],
    [4, vector(tables.map((table) => [0x70, ...limits(table)])), tables.length > 0],
    [5, vector(memory ? [limits(memory)] : []), memory !== undefined],
    [6, vector(globals.map(({ type, initial }) => [typeCodes.get(type)!, 1, ...code(`${initial}; end`)])), globals.length > 0],
    [7, vector(exported), true],
    [8, unsigned(start ?? 0), start !== undefined],
    [9, vector(segments), segments.length > 0],
    [12, unsigned(data.length), data.length > 0],
    [10, vector(functions.map(body)), true],
    [11, vector(data.map((bytes) => [1, ...text(bytes)])), data.length > 0],
  ];
  return Uint8Array.from([...preamble, ...sections.flatMap(([id, content, present]) => (present ? section(id, content) : []))]);
}

function body({ locals = [], code: source }: SampleFunction): number[] {
  const content = [...vector(locals.map((type) => [1, typeCodes.get(type)!])), ...code(source), 0x0b];
  return [...unsigned(content.length), ...content];
}
