/** The engine's file made ready to be run: instrumented, then compiled. Takes some 100 ms, once a process; the threads share the module. */
import { ENGINE_DEPTH } from '../limits.js';
import { costTable } from '../rewriter/cost-table.js';
import { instrument } from '../rewriter/instrument.js';
import { type ModuleLimits, moduleLimits } from '../rewriter/module-limits.js';

/** Throws where this host cannot compile WebAssembly. `file`: the pinned bytes (engine-pin.ts); whoever read them has checked them. */
export function compileEngine(file: Uint8Array): WebAssembly.Module {
  return new WebAssembly.Module(instrumentEngine(file));
}

/** Apart for tests that count what an instruction costs. */
export function instrumentEngine(file: Uint8Array): Uint8Array<ArrayBuffer> {
  return instrument(file, { costs: costTable, maxDepth: ENGINE_DEPTH, maxMemoryPages: 0, limits: engineLimits });
}

/** The interpreter's one function is larger than any that a guest may bring. */
const engineLimits: ModuleLimits = { ...moduleLimits };
