/**
 * Figures that change what a guest computes or is charged. They belong to the runtime, not to the operator's policy: two nodes with
 * other figures would disagree about honest work. Every one is part of the runtimeId.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Raised with every change of the host side that may change a byte of a result or a unit of fuel. */
export const GLUE_VERSION = 2;

/**
 * What QuickJS may use of its own stack. The host's native stack runs along with it at several times the rate, and must never be
 * the first to overflow: 16 MiB in the worker threads, about 1 MiB on a main thread and in a browser's worker. A guest can catch it.
 */
export const STACK_BYTES = 128 * KIB;

/** Native code called from the deepest guest frame may go this far beyond the guest's stack. */
export const STACK_HEADROOM_BYTES = 256 * KIB;

/**
 * The depth at which the instrumented engine traps. It ends what QuickJS' own check does not see in time: deep nesting in its parsers
 * takes little of its stack and much of the host's.
 */
export const ENGINE_DEPTH = 512 * KIB;

/** Given on top of the guest's memory once it has ended, so that its error can still be read. */
export const REPORT_SLACK_BYTES = 8 * MIB;

/** Linear memory holds fragmentation, the source and the input beside what the guest is charged for. */
export const MEMORY_FACTOR = 2;
export const MEMORY_SLACK_BYTES = 24 * MIB;

export const MESSAGE_BYTES = 1 * KIB;
export const LOG_BYTES = 4 * KIB;

/** What a call costs its host beside the instructions it executes: the engine put back, the context written, the result read. */
export const FUEL_BASE = 10_000n;
/** Input and output are copied by the host once; parsing and writing them is the engine's own work, counted like any other. */
export const FUEL_PER_BYTE = 1n;
/** A line for the log leaves the engine, about 1 µs. */
export const LOG_FUEL = 500n;

export const runtimeFigures = {
  GLUE_VERSION,
  STACK_BYTES,
  STACK_HEADROOM_BYTES,
  ENGINE_DEPTH,
  REPORT_SLACK_BYTES,
  MEMORY_FACTOR,
  MEMORY_SLACK_BYTES,
  MESSAGE_BYTES,
  FUEL_BASE: FUEL_BASE.toString(),
  FUEL_PER_BYTE: FUEL_PER_BYTE.toString(),
  LOG_FUEL: LOG_FUEL.toString(),
};
