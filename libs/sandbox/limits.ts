/**
 * Figures that change what a guest computes or is charged. They belong to the runtime, not to the operator's policy: two nodes with
 * other figures would disagree about honest work. Every one is part of the runtimeId.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Raised with every change of the host side that may change a byte of a result or a unit of fuel. */
export const GLUE_VERSION = 2;

/**
 * What QuickJS may use of its own stack, in linear memory. Beyond it a guest gets an error it can catch: after some 500 nested calls of
 * a function. Larger would not go deeper: the depth below is reached first, at about 520, and nothing catches that.
 */
export const STACK_BYTES = 96 * KIB;

/** Native code called from the deepest guest frame may go this far beyond the guest's stack. */
export const STACK_HEADROOM_BYTES = 256 * KIB;

/**
 * The depth at which the instrumented engine traps, in the units of rewriter/call-graph.ts. It ends what QuickJS' own check does not see
 * in time: nesting in its parsers, getters and conversions take little of its stack and much of the host's. The first host to
 * overflow is a Worker of Chromium, whose stack differs from start to start: between 615,000 and 830,000 units in the worst of 70
 * shapes of recursion, baseline and optimized code alike; Node.js' main thread stands twice that. The rest is for other versions
 * and processors.
 */
export const ENGINE_DEPTH = 448 * KIB;

/**
 * V8's optimized code of QuickJS' JSON parser overflows at half the units at which its baseline code does, unless a frame pays for what is
 * inlined into it. With this much all shapes overflow at about the same depth.
 */
export const ENGINE_INLINED_UNITS = 340;

/** Given on top of the guest's memory once it has ended, so that its error can still be read. */
export const REPORT_SLACK_BYTES = 8 * MIB;

/** Linear memory holds fragmentation, the source and the input beside what the guest is charged for. */
export const MEMORY_FACTOR = 2;
export const MEMORY_SLACK_BYTES = 24 * MIB;

export const MESSAGE_BYTES = 1 * KIB;
export const LOG_BYTES = 4 * KIB;

/*
 * Loading a source is metered like all else and charged to every call. It takes about 500 fuel a byte, and more with many names at the
 * top level, among which the engine searches one by one: 0.2 G for 150 KB with 500 functions, 0.5 G for 300 KB with 1,000, 2.8 G for
 * 1 MB with 3,400.
 */

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
  ENGINE_INLINED_UNITS,
  REPORT_SLACK_BYTES,
  MEMORY_FACTOR,
  MEMORY_SLACK_BYTES,
  MESSAGE_BYTES,
  FUEL_BASE: FUEL_BASE.toString(),
  FUEL_PER_BYTE: FUEL_PER_BYTE.toString(),
  LOG_FUEL: LOG_FUEL.toString(),
};
