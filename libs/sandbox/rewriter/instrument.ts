/**
 * Rewrites a WebAssembly module so that it counts fuel and stack depth, makes every NaN canonical and keeps to its memory: the same
 * module in all else, run by any engine with the same results, fuel and traps. The original is validated first, by our own decoder, which
 * allows only what is listed in opcodes.ts, and by the host; both must accept it.
 *
 * No index of the module's own moves: globals, locals, types and exports are appended. Three globals are added and exported as
 * `potluck:meter`, `potluck:depth` and `potluck:fault` (instance-state.ts). A start function would run before anybody could give it fuel, so
 * it is exported as `potluck:start` instead, and run by InstanceState.begin. Custom sections are dropped.
 */

import { FunctionAnalyser } from './analyse-function.js';
import { depthUnits } from './call-graph.js';
import { CodeWriter } from './code-writer.js';
import type { CostTable } from './cost-table.js';
import { decodeModule } from './decode-module.js';
import type { DecodedModule, Limits } from './decoded-module.js';
import { FunctionNotes } from './function-notes.js';
import { FunctionWriter, type Surroundings } from './instrument-function.js';
import { DEPTH_EXPORT, depthSteps, FAULT_EXPORT, METER_EXPORT, mostSteps, RESERVED, START_EXPORT } from './meter.js';
import type { ModuleLimits } from './module-limits.js';
import { ModuleRefused } from './module-refused.js';
import { I32, I64 } from './opcodes.js';

/** Of everything here that changes a module's results or fuel, but costs and limits: raised with any such change. */
export const REWRITER_VERSION = 1;

export interface InstrumentOptions {
  costs: CostTable;
  /** Cap of a memory the module defines; an imported memory keeps its importer's limit. */
  maxMemoryPages: number;
  /** Stack units a call may use; see call-graph.ts. */
  maxDepth: number;
  /** See call-graph.ts. None unless said. */
  inlinedUnits?: number;
  limits: ModuleLimits;
}

/** Throws ModuleRefused. */
export function instrument(bytes: Uint8Array, options: InstrumentOptions): Uint8Array<ArrayBuffer> {
  const { module, notes } = analyse(bytes, options);
  if (!WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)) {
    throw new ModuleRefused('invalid', "the host's WebAssembly engine does not accept the module");
  }
  return new ModuleWriter(module, notes, options).write();
}

/** Decodes and validates as `instrument` does, our own half of it, and writes nothing. Throws ModuleRefused. */
export function validateModule(bytes: Uint8Array, options: InstrumentOptions): DecodedModule {
  return analyse(bytes, options).module;
}

function analyse(bytes: Uint8Array, options: InstrumentOptions): { module: DecodedModule; notes: FunctionNotes } {
  const module = decodeModule(bytes, options.limits);
  const notes = new FunctionNotes(module);
  const analyser = new FunctionAnalyser(module, notes, options.limits, options.costs);
  for (let body = 0; body < module.bodyStart.length; body++) analyser.analyse(body);
  checkOurs(module, options);
  return { module, notes };
}

function checkOurs(module: DecodedModule, options: InstrumentOptions): void {
  for (const { name } of module.exports) {
    if (name.startsWith(RESERVED))
      throw new ModuleRefused('unsupported', `export name ${JSON.stringify(name)}: ${RESERVED} is reserved`);
  }
  const own = module.importedMemories === 0 ? module.memories[0] : undefined;
  if (own && own.min > options.maxMemoryPages) {
    throw new ModuleRefused('too_large', `a memory of ${own.min} pages from the start (limit ${options.maxMemoryPages})`);
  }
}

class ModuleWriter {
  private readonly out: CodeWriter;

  constructor(
    private readonly module: DecodedModule,
    private readonly notes: FunctionNotes,
    private readonly options: InstrumentOptions,
  ) {
    this.out = new CodeWriter(module.bytes.length * 2 + 1024);
  }

  write(): Uint8Array<ArrayBuffer> {
    const { module, out } = this;
    for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.byte(byte);
    this.same(1);
    this.same(2);
    this.same(3);
    this.resizable(4, module.tableLimits.slice(module.importedTables), (i, limits) => {
      out.byte(module.tableTypes[module.importedTables + i]!);
      return this.capped(limits, this.options.limits.tableEntries);
    });
    this.resizable(5, module.memories.slice(module.importedMemories), (_, limits) =>
      this.capped(limits, this.options.maxMemoryPages),
    );
    this.globals();
    this.exports();
    this.same(9);
    this.same(12);
    this.code();
    this.same(11);
    return out.toBytes();
  }

  private same(id: number): void {
    const section = this.module.sections[id];
    if (!section) return;
    this.out.byte(id);
    this.out.u32(section.end - section.start);
    this.out.copy(this.module.bytes, section.start, section.end);
  }

  /** A section that is a vector, with `added` more entries behind its own. */
  private extended(id: number, added: number, write: () => void): void {
    const { module, out } = this;
    if (!module.sections[id] && added === 0) return;
    out.byte(id);
    const sized = out.beginSized();
    const section = module.sections[id];
    let own = 0;
    let start = section?.start ?? 0;
    if (section) {
      for (let shift = 0; ; shift += 7) {
        const byte = module.bytes[start++]!;
        own |= (byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
    }
    out.u32(own + added);
    if (section) out.copy(module.bytes, start, section.end);
    write();
    out.endSized(sized);
  }

  private resizable(id: number, entries: Limits[], write: (i: number, limits: Limits) => Limits): void {
    if (entries.length === 0) return;
    const { out } = this;
    out.byte(id);
    const sized = out.beginSized();
    out.u32(entries.length);
    for (const [i, entry] of entries.entries()) {
      const { min, max } = write(i, entry);
      out.byte(max === undefined ? 0 : 1);
      out.u32(min);
      if (max !== undefined) out.u32(max);
    }
    out.endSized(sized);
  }

  private capped(limits: Limits, cap: number): Limits {
    return { min: limits.min, max: Math.min(limits.max ?? cap, cap) };
  }

  private globals(): void {
    const { out, options } = this;
    this.extended(6, 3, () => {
      for (const byte of [I64, 1, 0x42, 0, 0x0b, I32, 0, 0x41]) out.byte(byte);
      out.signed(depthSteps(options.maxDepth));
      for (const byte of [0x0b, I32, 1, 0x41, 0, 0x0b]) out.byte(byte);
    });
  }

  private exports(): void {
    const { out, module } = this;
    this.extended(7, module.start === undefined ? 3 : 4, () => {
      for (const [i, name] of [METER_EXPORT, DEPTH_EXPORT, FAULT_EXPORT].entries()) {
        out.name(name);
        out.byte(3);
        out.u32(module.globals + i);
      }
      if (module.start === undefined) return;
      out.name(START_EXPORT);
      out.byte(0);
      out.u32(module.start);
    });
  }

  private code(): void {
    const { module, out, notes } = this;
    if (!module.sections[10]) return;
    const units = depthUnits(module, notes, this.options.inlinedUnits);
    out.byte(10);
    const sized = out.beginSized();
    out.u32(units.length);
    const writer = new FunctionWriter(module, notes, this.surroundings(), out);
    for (let body = 0; body < units.length; body++) writer.write(body, mostSteps(units[body]!));
    out.endSized(sized);
  }

  private surroundings(): Surroundings {
    const { module, options } = this;
    const { costs, limits, maxMemoryPages } = options;
    return {
      meterGlobal: module.globals,
      faultGlobal: module.globals + 2,
      costs,
      memoryCap:
        module.importedMemories === 0 && module.memories[0] ? this.capped(module.memories[0], maxMemoryPages).max : undefined,
      tableCaps: module.tableLimits.map((own, i) =>
        i < module.importedTables ? undefined : this.capped(own, limits.tableEntries).max,
      ),
    };
  }
}
