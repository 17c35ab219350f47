/** The meter of an instance of an instrumented module, through the globals that instrumenting added. */
import {
  DEPTH_EXPORT,
  depthOf,
  FAULT_EXPORT,
  FAULT_HOST_MEMORY,
  fuelOf,
  METER_EXPORT,
  MOST_FUEL,
  meterOf,
  START_EXPORT,
} from './meter.js';

/** Why the module itself ended the call; `none`: it did not, whatever trap there was is the guest's own. */
export type Fault = 'none' | 'fuel' | 'depth' | 'host_memory';

export class InstanceState {
  private readonly meter: WebAssembly.Global;
  private readonly faultCode: WebAssembly.Global;
  private readonly wholeDepth: bigint;
  private start: (() => void) | undefined;
  /** What the call was given beyond the meter's range. It can never be used. */
  private beyond = 0n;

  constructor(exports: WebAssembly.Exports) {
    this.meter = exports[METER_EXPORT] as WebAssembly.Global;
    this.faultCode = exports[FAULT_EXPORT] as WebAssembly.Global;
    this.wholeDepth = BigInt((exports[DEPTH_EXPORT] as WebAssembly.Global).value);
    this.start = exports[START_EXPORT] as (() => void) | undefined;
  }

  /** Gives a call its fuel, and the whole depth. The first one also runs the module's start function, which may trap like any call. */
  begin(fuelLimit: bigint): void {
    this.beyond = fuelLimit > MOST_FUEL ? fuelLimit - MOST_FUEL : 0n;
    this.meter.value = meterOf(fuelLimit - this.beyond, this.wholeDepth);
    this.faultCode.value = 0;
    const { start } = this;
    this.start = undefined;
    start?.();
  }

  /** Counts down from the call's limit. Negative: used up, however the call ended. */
  get fuelLeft(): bigint {
    return fuelOf(this.meter.value) + this.beyond;
  }

  set fuelLeft(fuel: bigint) {
    this.meter.value = meterOf(fuel - this.beyond, depthOf(this.meter.value));
  }

  /** Takes fuel for work the host does; also while a call is under way, from inside an import. */
  charge(fuel: bigint): void {
    this.meter.value -= meterOf(fuel, 0n);
  }

  get fault(): Fault {
    const meter: bigint = this.meter.value;
    if (fuelOf(meter) < 0n) return 'fuel';
    if (depthOf(meter) < 0n) return 'depth';
    return this.faultCode.value === FAULT_HOST_MEMORY ? 'host_memory' : 'none';
  }
}
