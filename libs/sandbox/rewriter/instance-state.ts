/**
 * The meter of an instance of an instrumented module: its three appended globals. The fuel counts down from the call's limit and is used
 * up when negative, however the call ended. The depth goes up and comes back to 0; `begin` clears what a trap left.
 */
import { FAULT_DEPTH, FAULT_HOST_MEMORY } from './instrument-function.js';

/** Names a module's own exports may not begin with. */
export const RESERVED = 'potluck:';
export const FUEL_EXPORT = `${RESERVED}fuel`;
export const DEPTH_EXPORT = `${RESERVED}depth`;
export const FAULT_EXPORT = `${RESERVED}fault`;
export const START_EXPORT = `${RESERVED}start`;

/** Why the module itself ended the call; `none`: it did not, whatever trap there was is the guest's own. */
export type Fault = 'none' | 'fuel' | 'depth' | 'host_memory';

export class InstanceState {
  private readonly fuel: WebAssembly.Global;
  private readonly depth: WebAssembly.Global;
  private readonly faultCode: WebAssembly.Global;
  private start: (() => void) | undefined;

  constructor(exports: WebAssembly.Exports) {
    this.fuel = exports[FUEL_EXPORT] as WebAssembly.Global;
    this.depth = exports[DEPTH_EXPORT] as WebAssembly.Global;
    this.faultCode = exports[FAULT_EXPORT] as WebAssembly.Global;
    this.start = exports[START_EXPORT] as (() => void) | undefined;
  }

  /** Gives a call its fuel. The first one also runs the module's start function, which may trap like any call. */
  begin(fuelLimit: bigint): void {
    this.fuel.value = fuelLimit;
    this.depth.value = 0;
    this.faultCode.value = 0;
    const { start } = this;
    this.start = undefined;
    start?.();
  }

  /** Negative: used up. */
  get fuelLeft(): bigint {
    return this.fuel.value as bigint;
  }

  set fuelLeft(fuel: bigint) {
    this.fuel.value = fuel;
  }

  /** Takes fuel for work the host does; also while a call is under way, from inside an import. */
  charge(fuel: bigint): void {
    this.fuel.value = (this.fuel.value as bigint) - fuel;
  }

  get fault(): Fault {
    if (this.fuelLeft < 0n) return 'fuel';
    if (this.faultCode.value === FAULT_DEPTH) return 'depth';
    return this.faultCode.value === FAULT_HOST_MEMORY ? 'host_memory' : 'none';
  }
}
