/** What a module imports and exports, read by the decoder that instruments it. */
import { decodeModule } from './decode-module.js';
import type { DecodedModule, ExternalKind } from './decoded-module.js';
import type { ModuleLimits } from './module-limits.js';
import { typeName } from './opcodes.js';

export interface FunctionType {
  params: string[];
  results: string[];
}

export interface ImportDescription {
  module: string;
  name: string;
  kind: ExternalKind;
  /** Of functions only. */
  type?: FunctionType;
}

export interface ExportDescription {
  name: string;
  kind: ExternalKind;
  /** Of functions only. */
  type?: FunctionType;
}

export interface ModuleDescription {
  imports: ImportDescription[];
  exports: ExportDescription[];
  /** In pages of 64 KiB. */
  memory?: { min: number; max?: number; imported: boolean };
  /** Functions the module defines. */
  functions: number;
  hasStart: boolean;
  /** Of all tables together, at the start. */
  tableEntries: number;
  /** Of all element segments together. */
  elementEntries: number;
}

/** Reads all sections but no code: a module described may still be refused by `instrument`. Throws ModuleRefused. */
export function describeModule(bytes: Uint8Array, limits: ModuleLimits): ModuleDescription {
  const module = decodeModule(bytes, limits);
  const described = (kind: ExternalKind, index: number) => (kind === 'function' ? { type: functionType(module, index) } : {});
  const memory = module.memories[0];
  return {
    imports: module.imports.map(({ module: from, name, kind, index }) => ({
      module: from,
      name,
      kind,
      ...described(kind, index),
    })),
    exports: module.exports.map(({ name, kind, index }) => ({ name, kind, ...described(kind, index) })),
    ...(memory && {
      memory: {
        min: memory.min,
        ...(memory.max !== undefined && { max: memory.max }),
        imported: module.importedMemories > 0,
      },
    }),
    functions: module.bodyStart.length,
    hasStart: module.start !== undefined,
    tableEntries: module.tableLimits.reduce((total, { min }) => total + min, 0),
    elementEntries: module.elementEntries,
  };
}

function functionType({ types, functionTypes }: DecodedModule, index: number): FunctionType {
  const type = functionTypes[index]!;
  const at = types.start[type]!;
  const split = at + types.params[type]!;
  const names = (from: number, to: number) => Array.from(types.pool.subarray(from, to), typeName);
  return { params: names(at, split), results: names(split, split + types.results[type]!) };
}
