/** What instrumentation costs a module of a user, and what is left of the machine's own speed. */
import { costTable } from '../../libs/sandbox/rewriter/cost-table.js';
import { InstanceState } from '../../libs/sandbox/rewriter/instance-state.js';
import { instrument } from '../../libs/sandbox/rewriter/instrument.js';
import { moduleLimits } from '../../libs/sandbox/rewriter/module-limits.js';
import { msPerTurn, type Timed } from './interleaved.js';
import { type CKernel, cKernels, compileForWebAssembly, compileNative, onV8, timed } from './kernels.js';

const MAX_MEMORY_PAGES = 1024;
const MAX_DEPTH = 192 * 1024;
/** The most that the meter holds. */
const PLENTY = 1n << 46n;

export interface ModuleFigure {
  kernel: CKernel;
  /** Milliseconds of one turn. */
  native: number;
  v8: number;
  plain: number;
  instrumented: number;
  fuelPerMs: number;
}

export async function moduleFigures(scratch: string, options: { rounds: number; windowMs: number }): Promise<ModuleFigure[]> {
  const figures: ModuleFigure[] = [];
  for (const kernel of cKernels) {
    const bytes = compileForWebAssembly(kernel, scratch);
    const { run, fuel } = instrumentedRun(bytes);
    const variants = {
      native: compileNative(kernel, scratch),
      v8: await onV8(kernel),
      plain: plainRun(bytes),
      instrumented: run,
    };
    const ms = await msPerTurn(variants, options);
    figures.push({ kernel, ...ms, fuelPerMs: fuel(100) / (100 * ms.instrumented) });
  }
  return figures;
}

type Exported = { run: (n: number) => number };

function plainRun(bytes: Uint8Array<ArrayBuffer>): Timed {
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Exported;
  return (turns) => timed(() => run(turns));
}

function instrumentedRun(bytes: Uint8Array): { run: Timed; fuel: (turns: number) => number } {
  const options = { costs: costTable, maxMemoryPages: MAX_MEMORY_PAGES, maxDepth: MAX_DEPTH, limits: moduleLimits };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(instrument(bytes, options)));
  const { run } = exports as Exported;
  const state = new InstanceState(exports);
  const call = (turns: number): number => {
    state.begin(PLENTY);
    return timed(() => run(turns));
  };
  const fuel = (turns: number): number => {
    call(turns);
    return Number(PLENTY - state.fuelLeft);
  };
  return { run: call, fuel };
}
