/** The tour: everything it says it has checked before, by the public API only. */

import { PotluckError } from '#libs/client/potluck-error.js';
import { DemoError } from './demo-error.js';
import { showInvocation } from './tour-invocation.js';
import { showLie } from './tour-lie.js';
import { type TourOptions, TourParty } from './tour-party.js';

/** @returns whether everything held */
export async function takeTour(options: TourOptions): Promise<boolean> {
  const { grid, out, signal } = options;
  const startedAt = performance.now();
  try {
    const party = await TourParty.gather(grid.demo);
    await showInvocation(out, party);
    signal.throwIfAborted();
    await showLie(options, party);
    out.line();
    out.holds(
      `end of the tour, after ${Math.round((performance.now() - startedAt) / 1000)} s: everything in it was checked and holds`,
    );
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    out.fails(`The tour ends here. ${wordsOf(error)}`);
    return false;
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof DemoError) return error.message;
  if (error instanceof PotluckError) return `The coordinator refused a call (${error.code}): ${error.detail}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
