/**
 * A session keeps the plans that it made on empty tables. Were they scans of whole tables, posting would slow down with every
 * transfer ever made; so the scans are counted.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  donate,
  earnStake,
  fund,
  grant,
  hold,
  openBooks,
  releaseStake,
  settle,
  states,
  type TestBooks,
} from '../../test/support/ledger.js';

let books: TestBooks;

beforeAll(async () => {
  books = await openBooks();
});
afterAll(() => books.close());

it('A session that began on an empty database never scans a whole table of the ledger', async () => {
  const session = books.dataSource.createQueryRunner();
  try {
    const scans = async (): Promise<Record<string, number>> => {
      await session.query('SELECT pg_stat_force_next_flush()');
      const rows: { relname: string; seq_scan: string }[] = await session.query(
        `SELECT relname, seq_scan FROM pg_stat_user_tables WHERE schemaname = 'ledger'`,
      );
      return Object.fromEntries(rows.map(({ relname, seq_scan }) => [relname, Number(seq_scan)]));
    };
    expect(await session.query('SELECT count(*)::integer AS n FROM ledger.transfers')).toEqual([{ n: 0 }]);
    const before = await scans();
    const post = async (...transfers: Parameters<typeof books.post>): Promise<void> => {
      await session.startTransaction();
      const outcomes = await books.ledger.post(session.manager, transfers);
      await session.commitTransaction();
      expect(states(outcomes)).toEqual(transfers.map(() => 'posted'));
    };
    const owners = await Promise.all(Array.from({ length: 20 }, () => books.account()));
    await post(fund('commons', 1_000_000n), ...owners.map((owner) => grant(owner, 10_000n)));
    for (let round = 0; round < 30; round += 1) {
      const holds = owners.map((owner) => hold(owner, 100n));
      await post(...holds);
      await post(
        ...holds.map(({ reference }, at) =>
          settle(
            { payer: owners[at] as string, holdId: reference, part: 100n },
            { worker: owners[(at + 1) % 20] as string, pay: 50n, stake: 40n, commons: 1n },
          ),
        ),
      );
      // The slow path too: stake that is drawn, from a named bucket and from the oldest.
      await session.query('SET enable_seqscan = off');
      const [bucket] = await session.query('SELECT hour FROM ledger.buckets WHERE owner_id = $1 LIMIT 1', [owners[0]]);
      await session.query('RESET enable_seqscan');
      await post(
        ...owners.map((owner, at) => releaseStake(owner, 5n, at === 0 ? bucket.hour : undefined)),
        earnStake(owners[1] as string, 1n),
      );
      const again = donate(owners[0] as string, 1n);
      await post(again);
    }
    const after = await scans();
    const scanned = Object.keys(after).filter((table) => after[table] !== before[table]);
    expect(scanned).toEqual([]);
  } finally {
    await session.release();
  }
});
