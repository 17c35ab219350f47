/**
 * What `npm start` runs once everything is installed and built: a grid, the tour, and then service until it is told to stop.
 * Exit codes: 0 all well, 1 something did not start or the tour found what does not hold, 130 interrupted before the end.
 */
import { relative, resolve } from 'node:path';
import { checkPort, readPort } from './check-port.js';
import { DemoError } from './demo-error.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { type HomeLock, lockHome } from './home-lock.js';
import { waitForLeftBehind } from './left-behind.js';
import { LocalGrid } from './local-grid.js';
import { Printout } from './printout.js';
import { sayHowToCall } from './say-how-to-call.js';
import { stopRequests } from './stop-requests.js';
import { takeTour } from './tour.js';

const INTERRUPTED = 130;

// The terminal may be closed under us; what was started must still be ended in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

async function main(args: readonly string[]): Promise<number> {
  const out = new Printout();
  const requests = stopRequests();
  const { signal } = requests;
  const home = resolve(process.env.POTLUCK_HOME || '.potluck');
  const shown = shownPath(home);
  let lock: HomeLock | undefined;
  let grid: LocalGrid | undefined;
  let code = 0;
  try {
    const port = readPort(process.env.PORT);
    lock = lockHome(home);
    if (lock.wasLeft) await waitForLeftBehind(home, port, process.env.HOST);
    else await checkPort(port, process.env.HOST);
    out.heading('Potluck: a volunteer cloud on this machine');
    const running = new LocalGrid({
      home,
      port,
      signal,
      onStep: (words) => out.line(`  ${words} …`),
      onNote: (words) => out.line(`  note: ${words}`),
    });
    grid = running;
    requests.onSecond(() => running.kill());
    await running.start();
    if (!args.includes('--no-tour')) code = (await takeTour({ grid: running, home, out, signal })) ? 0 : 1;
    if (!args.includes('--exit')) {
      sayHowToCall(out, running.demo, shown);
      await requests.asked;
    }
  } catch (error) {
    code = signal.aborted ? INTERRUPTED : 1;
    if (!signal.aborted) out.fails(wordsOf(error));
  }
  if (grid) {
    out.line('\n  stopping workers, coordinator and database …');
    await grid.stop().catch((error) => out.fails(wordsOf(error)));
    out.line(`  everything is stopped; the data stays in ${shown}`);
  }
  lock?.release();
  return code;
}

/** As one would type it here. */
function shownPath(path: string): string {
  const way = relative(process.cwd(), path);
  return way === '' || way.startsWith('..') ? path : way;
}

function wordsOf(error: unknown): string {
  if (error instanceof DemoError || error instanceof EmbeddedPostgresError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

process.exit(await main(process.argv.slice(2)));
