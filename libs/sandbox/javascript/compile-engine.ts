/** The engine's file made ready to be run: instrumented, then compiled. Takes some 100 ms, once a process; the threads share the module. */
import { ENGINE_DEPTH, ENGINE_INLINED_UNITS } from '../limits.js';
import { costTable } from '../rewriter/cost-table.js';
import { instrument } from '../rewriter/instrument.js';
import { moduleLimits } from '../rewriter/module-limits.js';

/** Throws where this host cannot compile WebAssembly. `file`: the pinned bytes (engine-pin.ts); whoever read them has checked them. */
export function compileEngine(file: Uint8Array): WebAssembly.Module {
  return new WebAssembly.Module(instrumentEngine(file));
}

/** Apart for tests that count what an instruction costs. */
export function instrumentEngine(file: Uint8Array): Uint8Array<ArrayBuffer> {
  return instrument(file, {
    costs: costTable,
    maxDepth: ENGINE_DEPTH,
    inlinedUnits: ENGINE_INLINED_UNITS,
    // The memory is the host's: engine.ts gives it and lets it grow.
    maxMemoryPages: 0,
    limits: moduleLimits,
  });
}
