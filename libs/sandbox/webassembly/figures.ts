/**
 * Figures that change what a module's call computes or is charged: all of them part of the runtimeId. What the host's own work costs in
 * fuel was measured at 2 ns a unit (0.5 G a second) and rounded up: what the host does may never be cheaper than computing the same.
 */
import { MESSAGE_BYTES } from '../limits.js';

/** Raised with every change to what a guest sees of its host: the imports, their errors, what ends a call and how. */
export const ABI_VERSION = 1;

/** How deep calls may go, in the rewriter's units: below the least native stack of all hosts, that of a browser's worker. */
export const MAX_DEPTH = 192 * 1024;

/** A new instance: its memory mapped, its exports looked up. */
export const INSTANCE_FUEL = 20_000;
/** Fetching, rewriting and compiling are done once a version and node; copying the data segments is done for every call. */
export const FUEL_PER_MODULE_BYTE = 1;
/** The pages a module starts with are cleared by the operating system on first touch: 32 µs each. */
export const FUEL_PER_INITIAL_PAGE = 16_384;
/** Filling a table's entry takes 26 ns, writing it from an element segment 20 ns. */
export const FUEL_PER_TABLE_ENTRY = 16;
export const FUEL_PER_ELEMENT = 16;
/** Making an export visible to the host takes up to 1.1 µs. */
export const FUEL_PER_EXPORT = 600;

/** A call from the guest to its host and back, the looking up of its memory included. */
export const HOST_CALL_FUEL = 400;
/** Reading and checking one buffer of a scatter or gather list. */
export const FUEL_PER_BUFFER = 100;
/** A byte copied into or out of the guest's memory. */
export const FUEL_PER_COPIED_BYTE = 1;
export const FUEL_PER_RANDOM_BYTE = 8;

export const webassemblyFigures = {
  ABI_VERSION,
  MAX_DEPTH,
  MESSAGE_BYTES,
  INSTANCE_FUEL,
  FUEL_PER_MODULE_BYTE,
  FUEL_PER_INITIAL_PAGE,
  FUEL_PER_TABLE_ENTRY,
  FUEL_PER_ELEMENT,
  FUEL_PER_EXPORT,
  HOST_CALL_FUEL,
  FUEL_PER_BUFFER,
  FUEL_PER_COPIED_BYTE,
  FUEL_PER_RANDOM_BYTE,
};
