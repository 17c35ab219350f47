/** Balances at a moment, searched along their sequences, against what adding up all entries says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeded, spreadOverDays, writeHistory } from '../../test/support/history.js';
import { openBooks, type TestBooks } from '../../test/support/ledger.js';
import { openReading, type Reading } from '../../test/support/reading.js';

let books: TestBooks;
let reading: Reading;

beforeAll(async () => {
  books = await openBooks();
  reading = openReading(books);
  await writeHistory(books, { seed: 11, rounds: 150 });
  await spreadOverDays(books, 5, 3_600_000);
  await reading.sequence();
});
afterAll(async () => {
  expect(await books.brokenLaws()).toEqual({});
  await books.close();
});

const momentsOf = async (count: number): Promise<Date[]> => {
  const [range] = await books.asOwner('SELECT min(created_at) AS first, max(created_at) AS last FROM ledger.transfers');
  const { first, last } = range as { first: Date; last: Date };
  const random = seeded(5);
  const within = Array.from({ length: count }, () => new Date(first.getTime() + random() * (last.getTime() - first.getTime())));
  return [new Date(first.getTime() - 1), first, last, new Date(last.getTime() + 1), ...within];
};

describe('a balance as of a moment', () => {
  it('is the sum of its entries up to then, for every balance', async () => {
    for (const moment of await momentsOf(40)) {
      const wrong = await books.asOwner(
        `SELECT b.id, ledger.balance_as_of(b.id, $1) AS found, e.total FROM ledger.balances b
         CROSS JOIN LATERAL (
           SELECT coalesce(sum(e.amount), 0) AS total FROM ledger.entries e JOIN ledger.transfers t ON t.id = e.transfer_id
           WHERE e.balance_id = b.id AND t.created_at <= $1
         ) e WHERE ledger.balance_as_of(b.id, $1) <> e.total`,
        [moment],
      );
      expect(wrong).toEqual([]);
    }
  });

  it('has the ids of a time in one range, though they swap with times at midnight', async () => {
    for (const moment of await momentsOf(40)) {
      const until = new Date(moment.getTime() + 10_000_000);
      const missed = await books.asOwner(
        `SELECT t.id FROM ledger.transfers t, ledger.ids_between($1, $2) r
         WHERE t.created_at >= $1 AND t.created_at < $2 AND (t.id <= r.after_id OR t.id > r.last_id)`,
        [moment, until],
      );
      expect(missed).toEqual([]);
    }
  });
});

describe('the trial balance', () => {
  it('sums to 0 at every moment, says what each balance was, and names the tree that covers it', async () => {
    for (const moment of await momentsOf(25)) {
      const { balances, total, treeSize } = await reading.trialBalance(moment);
      expect(total).toBe('0');
      const expected = await books.asOwner(
        `SELECT sum(e.amount)::text AS balance FROM ledger.entries e JOIN ledger.transfers t ON t.id = e.transfer_id
         WHERE t.created_at <= $1 GROUP BY e.balance_id ORDER BY e.balance_id`,
        [moment],
      );
      expect(balances.map(({ balance }) => balance)).toEqual(expected.map(({ balance }) => balance));
      const [covering] = await books.asOwner(
        `SELECT count(*)::text AS n FROM ledger.transfers WHERE id <= (SELECT max(id) FROM ledger.transfers WHERE created_at <= $1)`,
        [moment],
      );
      expect(treeSize).toBe(covering?.n);
    }
  });

  it('of now has every balance, by name and owner', async () => {
    const { balances, total, treeSize, at } = await reading.trialBalance();
    expect(total).toBe('0');
    expect(Date.now() - Date.parse(at)).toBeLessThan(60_000);
    expect(treeSize).toBe((await reading.trees.present()).size);
    const [stored] = await books.asOwner('SELECT count(*)::integer AS n FROM ledger.balances WHERE seq > 0');
    expect(balances).toHaveLength(stored?.n as number);
    expect(balances.slice(0, 3).map(({ name }) => name)).toEqual(['issuance', 'commons', 'insurance']);
    for (const { name, code, owner } of balances.slice(3)) expect(name).toBe(`${owner}:${code}`);
  });
});

it('A search in a session that began on an empty database scans no table', async () => {
  const fresh = await openBooks();
  const session = fresh.dataSource.createQueryRunner();
  try {
    const look = (): Promise<unknown> =>
      session.query(`SELECT * FROM ledger.balances_within(0, 1000, now(), '-infinity', 0, 1000000)`);
    const scans = async (): Promise<unknown> => {
      await session.query('SELECT pg_stat_force_next_flush()');
      return fresh.asOwner(
        `SELECT relname, seq_scan FROM pg_stat_user_tables WHERE schemaname = 'ledger' AND relname IN ('entries', 'transfers') ORDER BY 1`,
      );
    };
    for (let round = 0; round < 8; round += 1) await look();
    await writeHistory(fresh, { seed: 2, rounds: 30 });
    const before = await scans();
    for (let round = 0; round < 8; round += 1) await look();
    expect(await scans()).toEqual(before);
  } finally {
    await session.release();
    await fresh.close();
  }
});
