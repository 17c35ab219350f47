/** Every law over everything: slice after slice, then the live state. What the sweep does in rounds, at once. */
import { Offenders } from '../ledger/offenders.js';
import type { BooksLaw } from './laws.js';
import { type Query, Slices } from './slices.js';

/** About a second of work each, at three or four entries a transfer. */
const TRANSFERS = 20_000;
const BALANCES = 10_000;
const JOBS = 10_000;

export async function checkEverything(query: Query, laws: readonly BooksLaw[]): Promise<Offenders> {
  const offenders = new Offenders();
  const slices = new Slices(query, laws);
  await slices.checkAll('transfers', TRANSFERS, offenders);
  await slices.checkAll('balances', BALANCES, offenders);
  await slices.checkAll('jobs', JOBS, offenders);
  // A closed day is computed again from all its entries.
  await slices.checkAll('days', 1, offenders);
  await slices.check('now', [], offenders);
  await slices.check('full', [], offenders);
  return offenders;
}
