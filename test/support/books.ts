/** What must hold after every test that touches money. */
import type { DataSource } from 'typeorm';
import { expect } from 'vitest';
import { demoPolicy } from '#libs/policy/policy.js';
import { checkEverything } from '../../src/audit/check-everything.js';
import { booksLaws } from '../../src/audit/laws.js';
import type { Query } from '../../src/audit/slices.js';
import type { Grid } from './grid.js';
import type { TestBooks } from './ledger.js';
import { openLog } from './log.js';

/** No law of the books is broken (I1–I15), and every job that was acknowledged is where it should be. */
export async function expectSoundBooks(grid: Grid): Promise<void> {
  const query: Query = <Row>(sql: string, values?: unknown[]) => grid.query(sql, values) as Promise<Row[]>;
  const offenders = await checkEverything(query, booksLaws({ lineMaxMicro: demoPolicy.supply.creditLineMaxMicro }));
  // The log as it stands: transfers of the last moment may have no leaf yet.
  const { checkLog } = openLog({ dataSource: { query } as unknown as DataSource } as TestBooks, { origin: grid.url });
  offenders.add('I13', await checkLog.run());
  expect(offenders.ids.map((id) => `${id}: ${offenders.detail(id)}`)).toEqual([]);
}
