import { InstanceState } from '../../../libs/sandbox/rewriter/instance-state.js';

/** What the instrumented module adds to a call. */
export interface Meter {
  begin(fuelLimit: number): void;
  used(): number;
  /** Why it was ended by the sandbox, if it was. */
  fault(): 'out of fuel' | 'depth' | undefined;
}

export const noMeter: Meter = { begin() {}, used: () => 0, fault: () => undefined };

export function meterOf(exports: WebAssembly.Exports): Meter {
  const state = new InstanceState(exports);
  let limit = 0n;
  return {
    begin(fuelLimit) {
      limit = BigInt(fuelLimit);
      state.begin(limit);
    },
    used: () => Number(limit - state.fuelLeft),
    fault() {
      if (state.fuelLeft < 0n) return 'out of fuel';
      if (state.fault === 'host_memory') throw new Error('the host has no memory left');
      return state.fault === 'depth' ? 'depth' : undefined;
    },
  };
}
