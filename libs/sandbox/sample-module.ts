/** WebAssembly modules for tests, by their binary format (core specification, chapter 5): only what matters has to be said. */

export type Bytes = readonly (number | Bytes | Uint8Array)[];

export function bytesOf(...parts: Bytes): Uint8Array<ArrayBuffer> {
  const flat: number[] = [];
  const add = (part: Bytes[number]): void => {
    if (typeof part === 'number') flat.push(part);
    else for (const inner of part) add(inner);
  };
  add(parts);
  return Uint8Array.from(flat);
}

/** LEB128 (5.2.2), unsigned. */
export function u32(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...u32(Math.floor(value / 128))];
}

/** LEB128, signed. */
export function signed(value: number | bigint): number[] {
  const [low, rest] = [Number(BigInt(value) & 127n), BigInt(value) >> 7n];
  return (rest === 0n && low < 64) || (rest === -1n && low >= 64) ? [low] : [low + 128, ...signed(rest)];
}

export const name = (text: string): Bytes => {
  const bytes = new TextEncoder().encode(text);
  return [u32(bytes.length), bytes];
};

export const vector = (items: readonly Bytes[]): Bytes => [u32(items.length), items];

export function section(id: number, content: Bytes): Bytes {
  const bytes = bytesOf(content);
  return [id, u32(bytes.length), bytes];
}

export const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

const letters: Record<string, number> = { i: 0x7f, l: 0x7e, f: 0x7d, d: 0x7c, r: 0x70, x: 0x6f };

/** `'iil:i'` is (i32, i32, i64) → (i32). */
export function functionType(notation: string): Bytes {
  const [params = '', results = ''] = notation.split(':');
  const list = (text: string) => vector([...text].map((letter) => [letters[letter] as number]));
  return [0x60, list(params), list(results)];
}

export const op = {
  unreachable: [0x00],
  loop: [0x03, 0x40],
  block: [0x02, 0x40],
  br: (depth: number) => [0x0c, depth],
  brIf: (depth: number) => [0x0d, depth],
  end: [0x0b],
  call: (index: number) => [0x10, ...u32(index)],
  callIndirect: (type: number) => [0x11, ...u32(type), 0],
  drop: [0x1a],
  get: (local: number) => [0x20, ...u32(local)],
  set: (local: number) => [0x21, ...u32(local)],
  globalGet: (index: number) => [0x23, ...u32(index)],
  globalSet: (index: number) => [0x24, ...u32(index)],
  load: [0x28, 2, 0],
  store: [0x36, 2, 0],
  memorySize: [0x3f, 0],
  memoryGrow: [0x40, 0],
  i32: (value: number) => [0x41, ...signed(value)],
  i64: (value: bigint) => [0x42, ...signed(value)],
  eqz: [0x45],
  add: [0x6a],
  sub: [0x6b],
  div: [0x6d],
  memoryFill: [0xfc, 11, 0],
} as const;

export interface SampleFunction {
  /** As functionType reads it; `':'` by default. */
  type?: string;
  /** Value types of locals, as letters. */
  locals?: string;
  /** Without the last `end`. */
  body?: Bytes;
  export?: string;
}

export interface SampleModule {
  /** Functions, their indices come first. */
  imports?: [module: string, name: string, type: string][];
  functions?: SampleFunction[];
  /** One page by default; null: none. */
  memory?: [min: number, max?: number] | null;
  exportMemory?: boolean;
  /** Entries of one table of functions, and the functions' indices from its first entry on. */
  table?: { min: number; elements?: number[]; offset?: number };
  /** Mutable i32 globals, by their start values. */
  globals?: number[];
  exports?: [name: string, kind: number, index: number][];
  start?: number;
  data?: [offset: number, bytes: readonly number[]][];
  /** Sections as they are, by the id before which they stand. */
  extra?: Record<number, Bytes>;
}

export function sampleModule(m: SampleModule): Uint8Array<ArrayBuffer> {
  const { imports = [], functions = [], memory = [1], exportMemory = true, table, globals = [], data = [] } = m;
  const types = [...new Set([...imports.map(([, , type]) => type), ...functions.map(({ type = ':' }) => type)])];
  const typeIndex = (type: string) => u32(types.indexOf(type));
  const limits = ([min, max]: readonly (number | undefined)[]) =>
    max === undefined ? [0, u32(min as number)] : [1, u32(min as number), u32(max)];
  const ownExports = functions.flatMap((f, i) => (f.export === undefined ? [] : [[f.export, 0, imports.length + i] as const]));
  const exports = [...(m.exports ?? []), ...ownExports, ...(memory && exportMemory ? [['memory', 2, 0] as const] : [])];
  const body = ({ locals = '', body = [] }: SampleFunction): Bytes => {
    const declared = vector([...locals].map((letter) => [1, letters[letter] as number]));
    const content = bytesOf(declared, body, op.end);
    return [u32(content.length), content];
  };
  const sections: [id: number, content: Bytes | undefined][] = [
    [1, types.length > 0 ? vector(types.map(functionType)) : undefined],
    [
      2,
      imports.length > 0 ? vector(imports.map(([from, item, type]) => [name(from), name(item), 0, typeIndex(type)])) : undefined,
    ],
    [3, functions.length > 0 ? vector(functions.map(({ type = ':' }) => typeIndex(type))) : undefined],
    [4, table ? vector([[0x70, ...limits([table.min])]]) : undefined],
    [5, memory ? vector([limits(memory)]) : undefined],
    [6, globals.length > 0 ? vector(globals.map((value) => [0x7f, 1, op.i32(value), op.end])) : undefined],
    [7, exports.length > 0 ? vector(exports.map(([item, kind, index]) => [name(item), kind, u32(index)])) : undefined],
    [8, m.start === undefined ? undefined : u32(m.start)],
    [9, table?.elements ? vector([[0, op.i32(table.offset ?? 0), op.end, vector(table.elements.map(u32))]]) : undefined],
    [10, functions.length > 0 ? vector(functions.map(body)) : undefined],
    [11, data.length > 0 ? vector(data.map(([at, bytes]) => [0, op.i32(at), op.end, u32(bytes.length), bytes])) : undefined],
  ];
  const written = sections.map(([id, content]) => [m.extra?.[id] ?? [], content ? section(id, content) : []]);
  return bytesOf(HEADER, ...written, m.extra?.[12] ?? []);
}

/** A command whose `_start` has this body. */
export function command(body: Bytes, rest: Partial<SampleModule> & { locals?: string } = {}): Uint8Array<ArrayBuffer> {
  const { locals = '', functions = [], ...other } = rest;
  return sampleModule({ functions: [{ export: '_start', body, locals }, ...functions], ...other });
}

/** A module of abi `handle` that gives its input back. */
export function echo(
  rest: Partial<SampleModule> & { alloc?: Bytes; handle?: Bytes; locals?: string } = {},
): Uint8Array<ArrayBuffer> {
  const { alloc = op.i32(1_024), handle, locals = '', functions = [], ...other } = rest;
  // (i64.or (i64.shl (i64.extend_i32_u ptr) 32) (i64.extend_i32_u len))
  const pair: Bytes = [op.get(0), 0xad, op.i64(32n), 0x86, op.get(1), 0xad, 0x84];
  return sampleModule({
    functions: [
      { export: 'alloc', type: 'i:i', body: alloc },
      { export: 'handle', type: 'ii:l', body: handle ?? pair, locals },
      ...functions,
    ],
    ...other,
  });
}
