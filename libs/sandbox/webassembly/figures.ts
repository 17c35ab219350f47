/**
 * Figures that change what a module's call computes or is charged: all of them part of the runtimeId. What the host's own work costs in
 * fuel was measured too, and weighed like the dearest instructions of the cost table, at about 1 ns a unit: what the host does may never be
 * much cheaper than computing the same.
 */
import { MESSAGE_BYTES } from '../limits.js';

/** Raised with every change to what a guest sees of its host: the imports, their errors, what ends a call and how. */
export const ABI_VERSION = 1;

/** How deep calls may go, in the rewriter's units: below the least native stack of all hosts, that of a browser's worker. */
export const MAX_DEPTH = 192 * 1024;

/** A new instance: its memory mapped, its exports looked up. */
export const INSTANCE_FUEL = 60_000;
/** Fetching, rewriting and compiling are done once a version and node; copying the data segments is done for every call. */
export const FUEL_PER_MODULE_BYTE = 1;
/**
 * The pages a module starts with are cleared by the operating system on first touch, 32 to 44 µs each. One that is grown later costs
 * twice as much: that takes a call of the system for itself.
 */
export const FUEL_PER_INITIAL_PAGE = 32_768;
/** Filling a table's entry takes 26 ns, writing it from an element segment 20 ns. */
export const FUEL_PER_TABLE_ENTRY = 64;
export const FUEL_PER_ELEMENT = 64;
/** Making an export visible to the host takes up to 1.1 µs. */
export const FUEL_PER_EXPORT = 2_400;

/** A call from the guest to its host and back, the looking up of its memory included. */
export const HOST_CALL_FUEL = 1_000;
/** Reading and checking one buffer of a scatter or gather list. */
export const FUEL_PER_BUFFER = 400;
/** A byte copied into or out of the guest's memory. */
export const FUEL_PER_COPIED_BYTE = 1;
export const FUEL_PER_RANDOM_BYTE = 16;

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
