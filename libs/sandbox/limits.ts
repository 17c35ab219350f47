/**
 * Figures that change what a guest computes or is charged. They belong to the runtime, not to the operator's policy: two nodes with
 * other figures would disagree about honest work. Every one is part of the runtimeId.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Raised with every change of the host side that may change a byte of a result or a unit of fuel. */
export const GLUE_VERSION = 1;

/**
 * What QuickJS may use of its own stack. The host's native stack runs along with it at several times the rate, and must never be
 * the first to overflow: 16 MiB in the worker threads, about 1 MiB on a main thread.
 */
export const STACK_BYTES = 192 * KIB;

/** Native code called from the deepest guest frame may go this far beyond the guest's stack. */
export const STACK_HEADROOM_BYTES = 256 * KIB;

/** Given on top of the guest's memory once it has ended, so that its error can still be read. */
export const REPORT_SLACK_BYTES = 8 * MIB;

/** Linear memory holds fragmentation, the source and the input beside what the guest is charged for. */
export const MEMORY_FACTOR = 2;
export const MEMORY_SLACK_BYTES = 24 * MIB;

export const MESSAGE_BYTES = 1 * KIB;
export const LOG_BYTES = 4 * KIB;

/** Polls between two calls of QuickJS's interrupt handler: its JS_INTERRUPT_COUNTER_INIT. */
export const POLLS_PER_INTERRUPT = 10_000;

/** A poll is a call or a loop turn. At this price a busy loop burns about 0.5 G fuel a second. */
export const FUEL_PER_POLL = 12n;
/** A microtask takes 1–2 µs without a poll of its own. */
export const FUEL_PER_JOB = 600n;
/** Fresh memory must be cleared, filled and collected. */
export const FUEL_PER_HEAP_BYTE = 1n;
export const FUEL_BASE = 10_000n;
export const FUEL_PER_BYTE = 5n;
/** A source of 1 MiB must still run within the least fuel limit, 1 M. */
export const SOURCE_BYTES_PER_FUEL = 16n;

export const runtimeFigures = {
  GLUE_VERSION,
  STACK_BYTES,
  STACK_HEADROOM_BYTES,
  REPORT_SLACK_BYTES,
  MEMORY_FACTOR,
  MEMORY_SLACK_BYTES,
  MESSAGE_BYTES,
  POLLS_PER_INTERRUPT,
  FUEL_PER_POLL: FUEL_PER_POLL.toString(),
  FUEL_PER_JOB: FUEL_PER_JOB.toString(),
  FUEL_PER_HEAP_BYTE: FUEL_PER_HEAP_BYTE.toString(),
  FUEL_BASE: FUEL_BASE.toString(),
  FUEL_PER_BYTE: FUEL_PER_BYTE.toString(),
  SOURCE_BYTES_PER_FUEL: SOURCE_BYTES_PER_FUEL.toString(),
};
