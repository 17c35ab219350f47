/** A balance as of a moment, over millions of entries in a database of their own: written by the owner, with the running balances right. */
import pg from 'pg';
import { migrate } from '../../src/database/migrate.js';
import { quantile } from './window.js';

const ACCOUNTS = 100;
const DAYS = 30;
const ASKED = 2_000;

/**
 * Transfer i goes from account i mod 100 to the next one. So each account is credited and debited once in a hundred, and its running
 * balance and sequence follow from i alone: no window over millions of rows is needed.
 */
const WRITE = `
  INSERT INTO ledger.transfers (id, reference, ordinal, created_at, kind, request_hash)
  SELECT i + 1, gen_random_uuid(), 0, $1::timestamptz + i * ($2::interval / $3::double precision), 14, '\\x00'
  FROM generate_series($4::bigint, $5::bigint - 1) AS i`;
const ENTRIES = `
  INSERT INTO ledger.entries (transfer_id, balance_id, amount, balance_after, seq, leg)
  SELECT i + 1, b[1 + r], -1, CASE WHEN r = 0 THEN -1 ELSE 0 END, 2 * (i / $2::bigint) + CASE WHEN r = 0 THEN 1 ELSE 2 END, 1
  FROM (SELECT i, (i % $2)::integer AS r, $1::bigint[] AS b FROM generate_series($3::bigint, $4::bigint - 1) AS i) one
  UNION ALL
  SELECT i + 1, b[1 + s], 1, CASE WHEN s = 0 THEN 0 ELSE 1 END, 2 * (i / $2::bigint) + CASE WHEN s = 0 THEN 2 ELSE 1 END, 2
  FROM (SELECT i, ((i + 1) % $2)::integer AS s, $1::bigint[] AS b FROM generate_series($3::bigint, $4::bigint - 1) AS i) other`;

export async function asOfFigures(url: string, entries: number): Promise<{ entries: number; p50: number; p99: number }> {
  await migrate(url);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const balances = await writeHistory(client, entries / 2);
    const begin = Date.now() - DAYS * 86_400_000;
    const took: number[] = [];
    for (let asked = 0; asked < ASKED; asked += 1) {
      const at = new Date(begin + Math.random() * DAYS * 86_400_000);
      const balance = balances[Math.floor(Math.random() * balances.length)];
      const startedAt = performance.now();
      await client.query({ name: 'as of', text: 'SELECT ledger.balance_as_of($1, $2)', values: [balance, at] });
      took.push(performance.now() - startedAt);
    }
    return { entries, p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
  } finally {
    await client.end();
  }
}

async function writeHistory(client: pg.Client, transfers: number): Promise<string[]> {
  await client.query("SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '256MB'");
  for (let account = 0; account < ACCOUNTS; account += 1) await client.query('SELECT ledger.open_account(gen_random_uuid())');
  const { rows } = await client.query<{ id: string }>('SELECT id FROM ledger.balances WHERE code = 4 ORDER BY id');
  const ids = rows.map(({ id }) => id);
  const begin = new Date(Date.now() - DAYS * 86_400_000);
  for (let from = 0; from < transfers; from += 500_000) {
    const to = Math.min(transfers, from + 500_000);
    await client.query(WRITE, [begin, `${DAYS} days`, transfers, from, to]);
    await client.query(ENTRIES, [ids, ACCOUNTS, from, to]);
  }
  await client.query(
    `UPDATE ledger.balances b SET balance = e.balance_after, seq = e.seq
     FROM (SELECT DISTINCT ON (balance_id) balance_id, balance_after, seq FROM ledger.entries ORDER BY balance_id, seq DESC) e WHERE b.id = e.balance_id`,
  );
  await client.query('SET session_replication_role = origin');
  await client.query('VACUUM ANALYZE');
  return ids;
}
