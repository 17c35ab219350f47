/** What must hold after every test that touches money. */
import { expect } from 'vitest';
import { checkLaws } from '../../src/audit/laws.js';
import type { Grid } from './grid.js';

/** No law of the books is broken (I1–I12, I14, I15), and every job that was acknowledged is where it should be. */
export async function expectSoundBooks(grid: Grid): Promise<void> {
  const reports = await checkLaws((sql) => grid.query<{ offender: string }>(sql));
  expect(reports.filter(({ ok }) => !ok)).toEqual([]);
}
