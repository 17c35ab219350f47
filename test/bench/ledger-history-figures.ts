/**
 * A balance as of a moment, over millions of entries in a database of their own. The history is written in bulk by the owner: posting it
 * would take longer than reading it ever will.
 */
import pg from 'pg';
import { migrate } from '../../src/database/migrate.js';
import { quantile } from './window.js';

const OWNERS = 1_000;
const PROBES = 5_000;

export interface AsOfFigures {
  entries: number;
  /** Of commons, on which half of all entries stand, and of one account in a thousand. */
  commons: { p50: number; p99: number };
  account: { p50: number; p99: number };
}

export async function asOfFigures(url: string, entries: number): Promise<AsOfFigures> {
  await migrate(url);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await writeInBulk(client, entries / 2);
    const [{ id }] = (await client.query('SELECT id FROM ledger.balances WHERE code = 4 LIMIT 1')).rows;
    return { entries, commons: await asOf(client, 2), account: await asOf(client, id) };
  } finally {
    await client.end();
  }
}

/** Half of all entries are on commons; the rest on the available of a thousand accounts. Five transfers a second. */
async function writeInBulk(client: pg.Client, transfers: number): Promise<void> {
  await client.query(`
    INSERT INTO ledger.balances (owner_id, code) SELECT gen_random_uuid(), c FROM generate_series(1, ${OWNERS}), generate_series(4, 6) c;
    ALTER TABLE ledger.transfers DISABLE TRIGGER ALL; ALTER TABLE ledger.entries DISABLE TRIGGER ALL;
    INSERT INTO ledger.transfers (id, reference, ordinal, created_at, kind, request_hash)
      SELECT i, (lpad(to_hex(1800000000000 + i), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid, 0,
        date_trunc('milliseconds', now() - (${transfers} - i) * interval '200 milliseconds'), 3, sha256(i::text::bytea)
      FROM generate_series(1, ${transfers}) i;
    CREATE TEMP TABLE owners AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM ledger.balances WHERE code = 4;
    CREATE UNIQUE INDEX ON owners (n);
    INSERT INTO ledger.entries (transfer_id, balance_id, amount, balance_after, seq, leg)
      SELECT i, l.balance_id, l.amount, l.amount * l.seq, l.seq, l.leg
      FROM generate_series(1, ${transfers}) i JOIN owners o ON o.n = i % ${OWNERS}
      CROSS JOIN LATERAL (VALUES (o.id, -7::bigint, (i - 1) / ${OWNERS} + 1, 1::smallint), (2, 7, i, 2)) l(balance_id, amount, seq, leg);
    UPDATE ledger.balances b SET seq = e.seq, balance = e.total
      FROM (SELECT balance_id, count(*) AS seq, sum(amount) AS total FROM ledger.entries GROUP BY 1) e WHERE e.balance_id = b.id;
    ALTER TABLE ledger.transfers ENABLE TRIGGER ALL; ALTER TABLE ledger.entries ENABLE TRIGGER ALL;
    SELECT setval('ledger.transfer_ids', ${transfers});`);
  await client.query('VACUUM ANALYZE ledger.transfers');
  await client.query('VACUUM ANALYZE ledger.entries');
}

/** At random moments of all history, a query each, with its round trip. */
async function asOf(client: pg.Client, balance: number | string): Promise<{ p50: number; p99: number }> {
  const { rows } = await client.query<{ first: Date; last: Date }>(
    'SELECT min(created_at) AS first, max(created_at) AS last FROM ledger.transfers',
  );
  const [first, last] = [rows[0]?.first.getTime() ?? 0, rows[0]?.last.getTime() ?? 0];
  const times: number[] = [];
  for (let probe = 0; probe < PROBES; probe += 1) {
    const at = new Date(first + Math.random() * (last - first));
    const startedAt = performance.now();
    await client.query({ name: 'as of', text: 'SELECT ledger.balance_as_of($1, $2)', values: [balance, at] });
    times.push(performance.now() - startedAt);
  }
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}
