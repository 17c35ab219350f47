/** A module as its sections describe it (core specification 2.5), bodies not yet read: those are ranges of `bytes`. */
import { EXTERNREF, F32, F64, FUNCREF, I32, I64 } from './opcodes.js';

export type ExternalKind = 'function' | 'table' | 'memory' | 'global';
export const externalKinds: readonly ExternalKind[] = ['function', 'table', 'memory', 'global'];

export interface Limits {
  min: number;
  max: number | undefined;
}

export interface ImportEntry {
  module: string;
  name: string;
  kind: ExternalKind;
  /** Index in the space of its kind. */
  index: number;
}

export interface ExportEntry {
  name: string;
  kind: ExternalKind;
  index: number;
}

export interface Section {
  start: number;
  end: number;
}

/** Function types, flat: the value types of type i begin at `start[i]`, parameters first. The six single value types lead the pool. */
export class TypeTable {
  readonly pool: Uint8Array;
  readonly start: Int32Array;
  readonly params: Int32Array;
  readonly results: Int32Array;
  /** Equal for equal types: function types are structural (3.1.1 of release 2.0). */
  readonly identity: Int32Array;
  count = 0;
  private used = 0;
  private readonly seen = new Map<string, number>();

  constructor(types: number, values: number) {
    this.pool = new Uint8Array(values + 6);
    this.start = new Int32Array(types);
    this.params = new Int32Array(types);
    this.results = new Int32Array(types);
    this.identity = new Int32Array(types);
    for (const type of [I32, I64, F32, F64, FUNCREF, EXTERNREF]) this.pool[this.used++] = type;
  }

  add(params: Uint8Array, results: Uint8Array): void {
    const type = this.count++;
    this.start[type] = this.used;
    this.params[type] = params.length;
    this.results[type] = results.length;
    this.pool.set(params, this.used);
    this.pool.set(results, this.used + params.length);
    this.used += params.length + results.length;
    const key = `${params.join()}>${results.join()}`;
    const identity = this.seen.get(key);
    this.identity[type] = identity ?? type;
    if (identity === undefined) this.seen.set(key, type);
  }

  /** Where the pool holds this one value type. */
  single(type: number): number {
    return this.pool.indexOf(type);
  }
}

export interface DecodedModule {
  bytes: Uint8Array;
  /** By section id; custom sections are not kept. */
  sections: (Section | undefined)[];
  types: TypeTable;
  imports: ImportEntry[];
  /** Type of every function, imported ones first. */
  functionTypes: Int32Array;
  importedFunctions: number;
  tableTypes: number[];
  tableLimits: Limits[];
  importedTables: number;
  memories: Limits[];
  importedMemories: number;
  globalTypes: Uint8Array;
  globalMutable: Uint8Array;
  globals: number;
  importedGlobals: number;
  exports: ExportEntry[];
  start: number | undefined;
  elementTypes: Uint8Array;
  /** Of all element segments together. */
  elementEntries: number;
  dataCount: number | undefined;
  dataSegments: number;
  bodyStart: Int32Array;
  bodyEnd: Int32Array;
  /** Functions that `ref.func` may name (the context's refs, 3.1.6). */
  declared: Uint8Array;
  /** Functions a table may come to hold. */
  referenced: Uint8Array;
}
