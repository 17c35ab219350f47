/** What must hold after every test that touches money. */
import { expect } from 'vitest';
import { demoPolicy } from '#libs/policy/policy.js';
import { checkEverything } from '../../src/audit/check-everything.js';
import { booksLaws } from '../../src/audit/laws.js';
import type { Query } from '../../src/audit/slices.js';
import type { Grid } from './grid.js';

/** No law of the books is broken, and every job that was acknowledged is where it should be. */
export async function expectSoundBooks(grid: Grid): Promise<void> {
  const query: Query = <Row>(sql: string, values?: unknown[]) => grid.query(sql, values) as Promise<Row[]>;
  const offenders = await checkEverything(query, booksLaws({ lineMaxMicro: demoPolicy.supply.creditLineMaxMicro }));
  expect(offenders.ids.map((id) => `${id}: ${offenders.detail(id)}`)).toEqual([]);
}
