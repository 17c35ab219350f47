/** Days are closed once they are final, never before, and what is stored then is what the entries say. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spreadOverDays, writeHistory } from '../../../test/support/history.js';
import { openBooks, type TestBooks } from '../../../test/support/ledger.js';
import { openReading, type Reading } from '../../../test/support/reading.js';
import type { RecurringWork } from '../../queue/recurring-work.js';
import { ClosePeriods } from './close-periods.js';
import { periodLaws } from './period-laws.js';
import { ReadPeriods } from './read-periods.js';

const DAY_MS = 86_400_000;
let books: TestBooks;
let reading: Reading;
let closePeriods: ClosePeriods;
let readPeriods: ReadPeriods;

async function open(): Promise<void> {
  books = await openBooks();
  reading = openReading(books);
  closePeriods = new ClosePeriods(books.dataSource, books.transaction, undefined as unknown as RecurringWork);
  readPeriods = new ReadPeriods(books.dataSource);
}

/** A checkpoint of the present tree; who signed it does not matter here. */
async function checkpoint(): Promise<void> {
  await books.asOwner(
    `INSERT INTO ledger.checkpoints (size, root, note, key_number, signed_at)
     SELECT size, sha256(size::text::bytea), '', 1, now() FROM ledger.log_state ON CONFLICT DO NOTHING`,
  );
}

const offenders = async (): Promise<unknown[]> => {
  const found = [];
  for (const { sql } of periodLaws) found.push(...(await books.asOwner(sql, ['-infinity', 'infinity'])));
  return found;
};
const midnight = (daysAgo: number): Date => new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - daysAgo * DAY_MS);
const dayOf = (moment: Date): string => moment.toISOString().slice(0, 10);

describe('the close of days', () => {
  beforeAll(async () => {
    await open();
    await writeHistory(books, { seed: 8, rounds: 150 });
    await spreadOverDays(books, 4, 1_000);
  });
  afterAll(async () => {
    expect(await books.brokenLaws()).toEqual({});
    await books.close();
  });

  it('waits for the sequencer and for a checkpoint over the day', async () => {
    await closePeriods.run(new Date());
    expect(await readPeriods.list(undefined, 10)).toEqual([]);
    await reading.sequence();
    await closePeriods.run(new Date());
    expect(await readPeriods.list(undefined, 10)).toEqual([]);
  });

  it('waits until an hour after the day', async () => {
    await checkpoint();
    await closePeriods.run(new Date(midnight(3).getTime() + 3_599_999));
    expect((await readPeriods.list(undefined, 10)).map(({ day }) => day)).not.toContain(dayOf(midnight(4)));
    await closePeriods.run(new Date(midnight(3).getTime() + 3_600_000));
    expect((await readPeriods.list(undefined, 10)).map(({ day }) => day)).toContain(dayOf(midnight(4)));
  });

  it('closes each day that is over, once, in order, under the checkpoint that covers it', async () => {
    const now = new Date(midnight(0).getTime() + DAY_MS - 1);
    await Promise.all([closePeriods.run(now), closePeriods.run(now)]);
    await closePeriods.run(now);
    const periods = await readPeriods.list(undefined, 10);
    expect(periods.map(({ day }) => day)).toEqual([1, 2, 3, 4].map((daysAgo) => dayOf(midnight(daysAgo))));
    const { size } = await reading.trees.present();
    for (const { treeSize } of periods) expect(treeSize).toBe(size);
    const [counted] = await books.asOwner('SELECT count(*)::integer AS n FROM ledger.transfers WHERE created_at < $1', [
      midnight(0),
    ]);
    expect(periods.reduce((sum, { transfers }) => sum + Number(transfers), 0)).toBe(counted?.n);
    for (const { kinds, transfers } of periods)
      expect(kinds.reduce((sum, kind) => sum + Number(kind.transfers), 0)).toBe(Number(transfers));
    expect((await readPeriods.list(dayOf(midnight(2)), 1)).map(({ day }) => day)).toEqual([dayOf(midnight(3))]);
  });

  it('stores what each balance had, moved and was left with: one day closes where the next opens', async () => {
    const broken = await books.asOwner(
      `SELECT p.balance_id, p.day FROM ledger.period_balances p WHERE p.closing <> ledger.balance_as_of(p.balance_id, p.day + 1 - interval '1 microsecond')
         OR p.opening <> ledger.balance_as_of(p.balance_id, p.day - interval '1 microsecond')`,
    );
    expect(broken).toEqual([]);
    const [sums] = await books.asOwner(
      'SELECT count(*) FILTER (WHERE total <> 0)::integer AS wrong FROM (SELECT sum(debits + credits) AS total FROM ledger.period_balances GROUP BY day) d',
    );
    expect(sums).toEqual({ wrong: 0 });
    expect(await offenders()).toEqual([]);
  });

  it('refuses a day that is not over, or whose day before is open', async () => {
    const close = (day: Date): Promise<string> =>
      books.dataSource.query('SELECT ledger.close_period($1, 1, $2)', [dayOf(day), Buffer.alloc(32)]).then(
        () => 'closed',
        (error: { driverError: { constraint: string } }) => error.driverError.constraint,
      );
    expect(await close(midnight(0))).toBe('periods_are_over');
    expect(await close(midnight(-1))).toBe('periods_follow');
    expect(await close(midnight(3))).toBe('closed');
    expect(await readPeriods.list(undefined, 10)).toHaveLength(4);
  });

  it('is found out where it was changed, or where history was', async () => {
    await books.asOwner('ALTER TABLE ledger.period_balances DISABLE TRIGGER ALL');
    const day = dayOf(midnight(2));
    const change = (sign: string): Promise<unknown> =>
      books.asOwner(
        `UPDATE ledger.period_balances SET credits = credits ${sign} 1, closing = closing ${sign} 1 WHERE day = $1 AND balance_id = (SELECT min(balance_id) FROM ledger.period_balances WHERE day = $1)`,
        [day],
      );
    await change('+');
    expect(await offenders()).toEqual([{ offender: `the close of ${day} is not what its entries say` }]);
    await change('-');
    expect(await offenders()).toEqual([]);
    await books.asOwner('ALTER TABLE ledger.period_balances ENABLE TRIGGER ALL');
    await expect(books.asOwner('DELETE FROM ledger.periods')).rejects.toThrow('only ever inserted');
  });
});
