/**
 * One call of one module: what it costs before its first instruction, its instance, and the steps of its ABI. Ends by returning the
 * output or by throwing; why it ended is told apart in run-webassembly.ts.
 */
import type { Execution } from '../execution.js';
import { InstanceState } from '../rewriter/instance-state.js';
import type { CompiledModule } from './compiled-modules.js';
import {
  FUEL_PER_COPIED_BYTE,
  FUEL_PER_ELEMENT,
  FUEL_PER_EXPORT,
  FUEL_PER_INITIAL_PAGE,
  FUEL_PER_MODULE_BYTE,
  FUEL_PER_TABLE_ENTRY,
  INSTANCE_FUEL,
} from './figures.js';
import { GuestMemory } from './guest-memory.js';
import { type RunningGuest, WasiCommand } from './wasi-command.js';
import { WASI_MODULE } from './wasi-signatures.js';

/** The fuel is used up; thrown out of an import, where no trap of the guest says so. */
export class FuelUsedUp extends Error {}

/** The module broke its side of the ABI `handle`. */
export class BrokenConvention extends Error {
  constructor(
    readonly kind: 'function_error' | 'invalid_output' | 'output_too_large',
    message: string,
  ) {
    super(message);
  }
}

interface GuestExports {
  memory: WebAssembly.Memory;
  _start(): void;
  _initialize?(): void;
  alloc(bytes: number): number;
  handle(address: number, length: number): bigint;
}

export class ModuleCall implements RunningGuest {
  private readonly wasi: WasiCommand | undefined;
  private state: InstanceState | undefined;
  private guestMemory: GuestMemory | undefined;
  private exports: GuestExports | undefined;

  constructor(
    private readonly compiled: CompiledModule,
    private readonly e: Execution,
  ) {
    if (e.abi === 'wasi-command') {
      this.wasi = new WasiCommand(this, { input: e.input, maxOutputBytes: e.limits.maxOutputBytes, context: e.context });
    }
  }

  get memory(): GuestMemory {
    if (this.guestMemory === undefined) throw new Error('the guest has no memory before it is instantiated');
    return this.guestMemory;
  }

  charge(fuel: number): void {
    this.state?.charge(BigInt(fuel));
    if (this.isOutOfFuel) throw new FuelUsedUp();
  }

  get isOutOfFuel(): boolean {
    return this.fuelLeft < 0n;
  }

  /** Counts down from the limit; negative when used up. */
  get fuelLeft(): bigint {
    return this.state?.fuelLeft ?? this.e.limits.fuelLimit - this.startFuel;
  }

  get fault(): InstanceState['fault'] {
    return this.state?.fault ?? 'none';
  }

  get isInstantiated(): boolean {
    return this.state !== undefined;
  }

  get log(): string {
    return this.wasi?.log.text ?? '';
  }

  /** What the guest wrote so far. */
  get written(): Uint8Array {
    return this.wasi?.output.take() ?? new Uint8Array();
  }

  /** Instantiates the module and runs whatever belongs to that; its function is not called yet. */
  start(): void {
    if (this.isOutOfFuel) throw new FuelUsedUp();
    const imports: WebAssembly.Imports = this.wasi ? { [WASI_MODULE]: this.wasi.imports() } : {};
    const instance = new WebAssembly.Instance(this.compiled.module, imports);
    this.exports = instance.exports as unknown as GuestExports;
    this.guestMemory = new GuestMemory(this.exports.memory);
    const fuelLimit = this.fuelLeft;
    this.state = new InstanceState(instance.exports);
    this.state.begin(fuelLimit);
    if (this.e.abi === 'handle') this.exports._initialize?.();
  }

  /** Starts the module, calls its function, and answers the output. */
  run(): Uint8Array {
    this.start();
    if (this.wasi === undefined) return this.handle(this.exports as GuestExports);
    this.exports?._start();
    return this.written;
  }

  private handle({ alloc, handle }: GuestExports): Uint8Array {
    const { input, limits } = this.e;
    this.charge(input.length * FUEL_PER_COPIED_BYTE);
    const address = alloc(input.length) >>> 0;
    if (!this.memory.holds(address, input.length)) {
      const message = `alloc returned ${address}: there is no room in memory for an input of ${input.length} bytes`;
      throw new BrokenConvention('function_error', message);
    }
    this.memory.at(address, input.length).set(input);
    const answer = BigInt.asUintN(64, handle(address, input.length));
    const [start, length] = [Number(answer >> 32n), Number(answer & 0xffff_ffffn)];
    if (!this.memory.holds(start, length)) {
      throw new BrokenConvention('invalid_output', `handle returned address ${start} and length ${length}, beyond its memory`);
    }
    if (length > limits.maxOutputBytes) {
      throw new BrokenConvention('output_too_large', `the result has more than ${limits.maxOutputBytes} bytes`);
    }
    this.charge(length * FUEL_PER_COPIED_BYTE);
    return this.memory.at(start, length).slice();
  }

  /** What making the instance costs. A trap while it is made costs the same. */
  private get startFuel(): bigint {
    const { memory, tableEntries, elementEntries, exports } = this.compiled.description;
    const fuel =
      INSTANCE_FUEL +
      this.e.code.length * FUEL_PER_MODULE_BYTE +
      (memory?.min ?? 0) * FUEL_PER_INITIAL_PAGE +
      tableEntries * FUEL_PER_TABLE_ENTRY +
      elementEntries * FUEL_PER_ELEMENT +
      exports.length * FUEL_PER_EXPORT;
    return BigInt(fuel);
  }
}
