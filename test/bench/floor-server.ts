/**
 * The floor: the core loop written by hand, with plain `pg` and a bare HTTP server. No framework, no signatures, no trust; only what
 * any such grid must write: jobs, a queue, leases, results, outcomes and a double-entry settlement, in sets.
 */
import { createServer } from 'node:http';
import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { BatchCollector } from '../../src/database/batch-collector.js';

const pool = new pg.Pool({ connectionString: process.env.FLOOR_DATABASE_URL, max: 8 });
const PART = 14_430n;
const PAY = 10_989n;

await pool.query(`
  CREATE TABLE jobs (id uuid PRIMARY KEY, account smallint NOT NULL, created_at timestamptz NOT NULL, input bytea NOT NULL);
  CREATE TABLE ready (job uuid PRIMARY KEY) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);
  CREATE TABLE leases (job uuid PRIMARY KEY, token uuid NOT NULL, node smallint NOT NULL) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);
  CREATE TABLE open_jobs (job uuid PRIMARY KEY, part bigint NOT NULL) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);
  CREATE TABLE results (job uuid PRIMARY KEY, node smallint NOT NULL, digest bytea NOT NULL, fuel bigint NOT NULL);
  CREATE TABLE outcomes (job uuid PRIMARY KEY, output bytea NOT NULL, charged bigint NOT NULL, finished_at timestamptz NOT NULL);
  CREATE TABLE transfers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, reference uuid NOT NULL, kind smallint NOT NULL, created_at timestamptz NOT NULL, UNIQUE (reference, kind));
  CREATE TABLE entries (transfer_id bigint, leg smallint, balance_id smallint, amount bigint, balance_after bigint, seq bigint, PRIMARY KEY (transfer_id, leg), UNIQUE (balance_id, seq));
  CREATE TABLE balances (id smallint PRIMARY KEY, balance bigint NOT NULL, seq bigint NOT NULL) WITH (fillfactor = 50);
  INSERT INTO balances SELECT id, CASE WHEN id = 1 THEN 1000000000000000 ELSE 0 END, 0 FROM generate_series(1, 4) AS id;`);

/** 1 available, 2 held, 3 the nodes, 4 commons. */
async function post(client: pg.PoolClient, references: string[], kind: number, legs: [number, bigint][]): Promise<void> {
  await client.query('SELECT 1 FROM balances WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE', [legs.map(([id]) => id)]);
  await client.query(
    `WITH made AS (INSERT INTO transfers (reference, kind, created_at) SELECT r, $2, clock_timestamp() FROM unnest($1::uuid[]) AS r RETURNING id),
     numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM made),
     leg AS (SELECT * FROM unnest($3::smallint[], $4::bigint[]) WITH ORDINALITY AS l(balance_id, amount, leg))
     INSERT INTO entries SELECT m.id, l.leg, l.balance_id, l.amount, b.balance + l.amount * m.n, b.seq + m.n FROM numbered m CROSS JOIN leg l JOIN balances b ON b.id = l.balance_id`,
    [references, kind, legs.map(([id]) => id), legs.map(([, amount]) => amount)],
  );
  await client.query(
    'UPDATE balances b SET balance = b.balance + l.amount * $3, seq = b.seq + $3 FROM unnest($1::smallint[], $2::bigint[]) AS l(id, amount) WHERE b.id = l.id',
    [legs.map(([id]) => id), legs.map(([, amount]) => amount), references.length],
  );
}

async function inTransaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

/** Submissions that come at the same time share a transaction, as in any fast grid. */
const submissions = new BatchCollector<unknown[], { ids: string[] }>(submitSets, {
  maxItems: 200,
  lanes: 2,
  weigh: (inputs) => inputs.length,
});

function submitSets(sets: unknown[][]): Promise<{ ids: string[] }[]> {
  const inputs = sets.flat();
  return inTransaction(async (client) => {
    const ids = inputs.map(() => uuidv7());
    const bytes = inputs.map((input) => Buffer.from(JSON.stringify(input)));
    await client.query(
      'INSERT INTO jobs SELECT i.id, 1, clock_timestamp(), i.input FROM unnest($1::uuid[], $2::bytea[]) AS i(id, input)',
      [ids, bytes],
    );
    await client.query('INSERT INTO open_jobs SELECT id, $2 FROM unnest($1::uuid[]) AS id', [ids, PART]);
    await client.query('INSERT INTO ready SELECT id FROM unnest($1::uuid[]) AS id', [ids]);
    await post(client, ids, 1, [
      [1, -PART],
      [2, PART],
    ]);
    const ends = sets.map((_, place) => sets.slice(0, place + 1).reduce((sum, set) => sum + set.length, 0));
    return sets.map((set, place) => ({ ids: ids.slice((ends[place] ?? 0) - set.length, ends[place]) }));
  });
}

const routes: Record<string, (body: never) => Promise<unknown>> = {
  '/submit': ({ inputs }: { inputs: unknown[] }) => submissions.add(inputs),
  '/lease': ({ slots }: { slots: number }) =>
    inTransaction(async (client) => {
      const { rows } = await client.query(
        `WITH taken AS (DELETE FROM ready WHERE job IN (SELECT job FROM ready ORDER BY job LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING job),
         written AS (INSERT INTO leases SELECT job, gen_random_uuid(), 1 FROM taken RETURNING job, token)
         SELECT w.job, w.token, encode(j.input, 'base64') AS input FROM written w JOIN jobs j ON j.id = w.job`,
        [slots],
      );
      return { leases: rows };
    }),
  '/report': ({ results }: { results: { job: string; token: string; output: string }[] }) =>
    inTransaction(async (client) => {
      const { rows } = await client.query<{ job: string }>(
        'DELETE FROM leases l USING unnest($1::uuid[], $2::uuid[]) AS i(job, token) WHERE l.job = i.job AND l.token = i.token RETURNING l.job',
        [results.map(({ job }) => job), results.map(({ token }) => token)],
      );
      const jobs = rows.map(({ job }) => job);
      await client.query(`INSERT INTO results SELECT job, 1, '\\x00', 10000 FROM unnest($1::uuid[]) AS job`, [jobs]);
      await client.query('DELETE FROM open_jobs WHERE job = ANY ($1::uuid[])', [jobs]);
      await client.query('INSERT INTO outcomes SELECT job, $2, $3, clock_timestamp() FROM unnest($1::uuid[]) AS job', [
        jobs,
        Buffer.from('42'),
        PART,
      ]);
      await post(client, jobs, 2, [
        [2, -PART],
        [3, PAY],
        [4, PART - PAY],
      ]);
      return { settled: jobs.length };
    }),
};

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const route = routes[request.url ?? ''];
    const body = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
    (route ? route(body as never) : Promise.reject(new Error('no such route'))).then(
      (answer) => response.end(JSON.stringify(answer)),
      (error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      },
    );
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.env.FLOOR_PORT), '127.0.0.1', () => process.send?.('ready'));
process.once('disconnect', () => process.exit(0));
