/** Instances of instrumented sample modules, for specs. */
import { type CostTable, costTable } from './cost-table.js';
import { InstanceState } from './instance-state.js';
import { type InstrumentOptions, instrument } from './instrument.js';
import { moduleLimits } from './module-limits.js';
import { type Sample, sampleModule } from './sample-module.js';

export const options: InstrumentOptions = { costs: costTable, maxMemoryPages: 16, maxDepth: 192 * 1024, limits: moduleLimits };

/** Every instruction that costs, costs 1, whatever its time. */
export const unitCosts: CostTable = {
  ...costTable,
  instructions: { block: 0, loop: 0, end: 0, else: 0, nop: 0 },
};

export interface SampleInstance {
  state: InstanceState;
  exports: Record<string, (...args: unknown[]) => unknown>;
  memory: WebAssembly.Memory;
  /** Calls with that much fuel; gives the result, or the trap's message, and what it cost. */
  run(name: string, args?: unknown[], fuelLimit?: bigint): { result?: unknown; trap?: string; fuel: bigint; fault: string };
}

export function instantiate(
  sample: Sample | Uint8Array,
  chosen: Partial<InstrumentOptions> = {},
  host: Record<string, (...args: never[]) => unknown> = {},
): SampleInstance {
  const bytes = sample instanceof Uint8Array ? sample : sampleModule(sample);
  const module = new WebAssembly.Module(instrument(bytes, { ...options, costs: unitCosts, ...chosen }));
  const exports = new WebAssembly.Instance(module, { host }).exports as unknown as SampleInstance['exports'];
  const state = new InstanceState(exports as unknown as WebAssembly.Exports);
  return {
    state,
    exports,
    memory: exports.memory as unknown as WebAssembly.Memory,
    run(name, args = [], fuelLimit = 1_000_000_000n) {
      let end: { result: unknown } | { trap: string };
      try {
        state.begin(fuelLimit);
        end = { result: exports[name]!(...args) };
      } catch (error) {
        if (!(error instanceof WebAssembly.RuntimeError)) throw error;
        end = { trap: error.message };
      }
      return { ...end, fuel: fuelLimit - state.fuelLeft, fault: state.fault };
    },
  };
}
