/**
 * Limits that the kernel itself holds, set by util-linux' prlimit before anything of ours runs. RLIMIT_AS is of no use: V8 reserves
 * many gigabytes of addresses that it never touches. RLIMIT_DATA counts only what may be written (Linux 4.7 and later), so it is a
 * hard end to what a broken child could take, between two looks of the memory watch.
 */
import { existsSync } from 'node:fs';

const PLACES = ['/usr/bin/prlimit', '/bin/prlimit'];
/**
 * On top of what the memory watch allows: thread stacks and heaps count from the start, used or not. The watch is meant to be first,
 * for it ends guests only, where this limit may end the whole child.
 */
const MARGIN_FACTOR = 2;
/** Channel, event loop, the code's files. */
const OPEN_FILES = 256;

/** The words to put before a command, or why there are none. */
export function kernelLimits(memoryBytes: number): string[] | { why: string } {
  if (process.platform !== 'linux') return { why: 'they are set for Linux only' };
  const program = PLACES.find((place) => existsSync(place));
  if (program === undefined) return { why: 'prlimit is not installed; most systems call the package util-linux' };
  // No core file either: it would hold what guests were given.
  return [program, `--data=${memoryBytes * MARGIN_FACTOR}`, '--core=0', `--nofile=${OPEN_FILES}`, '--'];
}
