/**
 * The provisional meter. QuickJS polls at every call and every loop turn and calls its interrupt handler each 10,000 polls; together
 * with the counter it keeps in linear memory the polls are known to the unit, the same on every host.
 * It does not see what a built-in does inside one call: there only the watchdog helps, until the instrumented engine counts it.
 */
import {
  FUEL_BASE,
  FUEL_PER_BYTE,
  FUEL_PER_HEAP_BYTE,
  FUEL_PER_JOB,
  FUEL_PER_POLL,
  POLLS_PER_INTERRUPT,
  SOURCE_BYTES_PER_FUEL,
} from '../limits.js';

/** What the engine's memory says about the work done. */
export interface EngineReading {
  /** Polls left until the next interrupt. */
  pollsLeft: number;
  /** The heap never shrinks within a call. */
  heapBytes: number;
}

export interface MeterStart {
  limit: bigint;
  sourceBytes: number;
  heapBytes: number;
  /** What loading the module took: charged to every call as if it had loaded it itself. */
  loadFuel: bigint;
}

export class Meter {
  private interrupts = 0;
  private jobs = 0;
  private chargedFuel = 0n;
  private start: MeterStart = { limit: 0n, sourceBytes: 0, heapBytes: 0, loadFuel: 0n };
  /** The guest was stopped for want of fuel. Stays true: the engine may go on for a few steps while it unwinds. */
  private stopped = false;

  get isStopped(): boolean {
    return this.stopped;
  }

  begin(start: MeterStart): void {
    this.start = start;
    this.interrupts = 0;
    this.jobs = 0;
    this.chargedFuel = start.loadFuel + FUEL_BASE + BigInt(start.sourceBytes) / SOURCE_BYTES_PER_FUEL;
    this.stopped = false;
  }

  /** Input going in, output coming out. */
  chargeBytes(bytes: number): void {
    this.chargedFuel += BigInt(bytes) * FUEL_PER_BYTE;
  }

  /** A microtask is about to run: false when there is no fuel for it. A chain of them need not poll often enough to be caught. */
  chargeJob(reading: EngineReading): boolean {
    this.jobs++;
    this.stopped ||= this.total(reading) > this.start.limit;
    return !this.stopped;
  }

  /** The engine's interrupt handler: whether the guest must stop. The engine has set its counter back already. */
  onInterrupt(heapBytes: number): boolean {
    this.interrupts++;
    this.stopped ||= this.total({ pollsLeft: POLLS_PER_INTERRUPT, heapBytes }) > this.start.limit;
    return this.stopped;
  }

  /** What the call took so far; undefined when that is more than its limit. */
  fuel(reading: EngineReading): bigint | undefined {
    const fuel = this.total(reading);
    return this.stopped || fuel > this.start.limit ? undefined : fuel;
  }

  /** What the guest did since `begin`, without the charges for bytes. */
  work({ pollsLeft, heapBytes }: EngineReading): bigint {
    const polls = this.interrupts * POLLS_PER_INTERRUPT + (POLLS_PER_INTERRUPT - pollsLeft);
    const grown = heapBytes - this.start.heapBytes;
    return BigInt(polls) * FUEL_PER_POLL + BigInt(this.jobs) * FUEL_PER_JOB + BigInt(grown) * FUEL_PER_HEAP_BYTE;
  }

  private total(reading: EngineReading): bigint {
    return this.chargedFuel + this.work(reading);
  }
}
