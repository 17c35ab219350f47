/**
 * Runs a program in this process, and ends it in good order when whoever started it is gone: `kill -9` of a supervisor must leave
 * nothing behind. Usage: run-child.js <program> [arguments]
 */
import { pathToFileURL } from 'node:url';

/** Longer than any graceful end takes. */
const PATIENCE_MS = 15_000;

const [program, ...args] = process.argv.slice(2);
if (program === undefined) throw new Error('which program?');
process.argv = [process.execPath, program, ...args];
process.once('disconnect', () => {
  setTimeout(() => process.exit(1), PATIENCE_MS).unref();
  process.kill(process.pid, 'SIGTERM');
});
// The channel alone must not keep a program alive that has come to its end.
process.channel?.unref();
await import(pathToFileURL(program).href);
