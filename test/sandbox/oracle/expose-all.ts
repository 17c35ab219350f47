/** Exports everything of a module, so that nothing a run does stays unseen: functions `f0`…, globals `g0`…, tables `t0`…, memory `m0`. */
import { ByteReader } from './byte-reader.js';
import { decodeModule } from './decode-module.js';
import { name, section, unsigned, vector } from './encode.js';
import type { ExternalType, Module } from './module.js';

const EXPORTS = 7;
const CUSTOM = 0;
const KINDS: readonly [ExternalType['kind'], string][] = [
  ['function', 'f'],
  ['table', 't'],
  ['memory', 'm'],
  ['global', 'g'],
];

export function exposeAll(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const module = decodeModule(bytes);
  const exports = KINDS.flatMap(([kind, letter], code) =>
    Array.from({ length: countOf(module, kind) }, (_, index) => [...name(`${letter}${index}`), code, ...unsigned(index)]),
  );
  const written = section(EXPORTS, vector(exports));
  const parts: (readonly number[] | Uint8Array)[] = [bytes.subarray(0, 8)];
  let done = false;
  const reader = new ByteReader(bytes, 8);
  while (!reader.done) {
    const start = reader.at;
    const id = reader.byte();
    reader.take(reader.u32());
    if (!done && id !== CUSTOM && id !== 12 && id >= EXPORTS) {
      parts.push(written);
      done = true;
    }
    if (id !== EXPORTS) parts.push(bytes.subarray(start, reader.at));
  }
  if (!done) parts.push(written);
  return joined(parts);
}

function countOf(module: Module, kind: ExternalType['kind']): number {
  const defined = { function: module.functions, table: module.tables, memory: module.memories, global: module.globals }[kind];
  return defined.length + module.imports.filter(({ external }) => external.kind === kind).length;
}

function joined(parts: (readonly number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
