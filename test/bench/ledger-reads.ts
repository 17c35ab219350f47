/**
 * What an auditor waits for: one balance as of a moment among millions of entries, the trial balance of a moment, and an export of
 * 100,000 transfers in each format. The history is written in bulk by the owner: posting it would take longer than reading it ever will.
 *
 *   node dist/test/bench/ledger-reads.js [ENTRIES, default 10000000]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { EmbeddedPostgres } from '../../demo/embedded-postgres.js';
import { APP_SESSION_OPTIONS } from '../../src/database/app-role.js';
import { migrate } from '../../src/database/migrate.js';
import { Transaction } from '../../src/database/transaction.js';
import { openReading } from '../support/reading.js';
import { serverCpuSeconds } from './server-cpu.js';
import { quantile } from './window.js';

const entries = Number(process.argv[2] ?? 10_000_000);
const PROBES = 20_000;
const OWNERS = 1_000;
const directory = mkdtempSync(join(tmpdir(), 'potluck-reads-'));
const data = join(directory, 'postgres');
const postgres = await EmbeddedPostgres.start({ directory: data, fsync: false });

try {
  await postgres.createDatabase('reads');
  const url = postgres.url('reads');
  await migrate(url);
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  await measure(`wrote ${entries} entries`, () => writeInBulk(owner, entries / 2));
  await asOf(owner);
  const dataSource = await new DataSource({ type: 'postgres', url, extra: { options: APP_SESSION_OPTIONS } }).initialize();
  const reading = openReading({ dataSource, transaction: new Transaction(dataSource) });
  // Two files' worth of leaves are enough to export the second.
  await measure('sequenced 200,000', () => reading.sequence(200_000));
  const [{ at }] = (
    await owner.query('SELECT created_at AS at FROM ledger.transfers ORDER BY id OFFSET $1 LIMIT 1', [entries / 4])
  ).rows;
  await measure(`trial balance of ${3 * OWNERS} balances, half-way back`, () => reading.trialBalance(at));
  await measure('trial balance of now', () => reading.trialBalance());
  for (const format of ['ndjson', 'journal', 'csv'] as const) {
    const first = await reading.exportJournal.run({ format, limit: 100_000 }, new Date());
    await first.body.return(undefined);
    let bytes = 0;
    // The second file: it opens with balances from the midst of history.
    await measure(`export of 100,000 transfers as ${format}`, async () => {
      const file = await reading.exportJournal.run({ format, limit: 100_000, cursor: first.nextCursor as string }, new Date());
      for await (const piece of file.body) bytes += Buffer.byteLength(piece);
    });
    process.stdout.write(`  ${(bytes / 1e6).toFixed(1)} MB\n`);
  }
  await dataSource.destroy();
  await owner.end();
} finally {
  await postgres.stop('immediate');
  rmSync(directory, { recursive: true, force: true });
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

/** Commons at random moments of all history, and one account in a thousand, a query each, with its round trip. */
async function asOf(client: pg.Client): Promise<void> {
  const [{ first, last }] = (await client.query('SELECT min(created_at) AS first, max(created_at) AS last FROM ledger.transfers'))
    .rows;
  const [{ id }] = (await client.query('SELECT id FROM ledger.balances WHERE code = 4 LIMIT 1')).rows;
  for (const [name, balance] of [
    ['commons', 2],
    ['an account', id],
  ]) {
    const times: number[] = [];
    const cpu = serverCpuSeconds(data);
    for (let probe = 0; probe < PROBES; probe += 1) {
      const at = new Date(first.getTime() + Math.random() * (last.getTime() - first.getTime()));
      const startedAt = performance.now();
      await client.query({ name: 'as of', text: 'SELECT ledger.balance_as_of($1, $2)', values: [balance, at] });
      times.push(performance.now() - startedAt);
    }
    const usPerProbe = Math.round(((serverCpuSeconds(data) - cpu) * 1e6) / PROBES);
    const ms = (q: number): string => quantile(times, q).toFixed(3);
    process.stdout.write(
      `balance of ${name} as of T among ${entries} entries: p50 ${ms(0.5)} ms, p99 ${ms(0.99)} ms, ${usPerProbe} µs of the database’s CPU\n`,
    );
  }
}

/** Wall time, and the CPU of this process and of the server: a machine that others use too makes the first longer, not the others. */
async function measure(what: string, run: () => Promise<unknown>): Promise<void> {
  const [startedAt, own, server] = [performance.now(), process.cpuUsage(), serverCpuSeconds(data)];
  await run();
  const { user, system } = process.cpuUsage(own);
  const cpu = `CPU ${((user + system) / 1e6).toFixed(2)} s here, ${(serverCpuSeconds(data) - server).toFixed(2)} s in the database`;
  process.stdout.write(`${what}: ${((performance.now() - startedAt) / 1_000).toFixed(2)} s (${cpu})\n`);
}
