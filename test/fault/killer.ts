/** kill -9 of a PostgreSQL: of its postmaster, or of one process of it, after which it recovers by itself. */
import pg from 'pg';
import type { EmbeddedPostgres } from '../../demo/embedded-postgres.js';

const PATIENCE_MS = 30_000;

/** Back it comes on the same data; orphans of the old one may hold on to its memory for a moment. */
export async function killPostmaster(postgres: EmbeddedPostgres): Promise<void> {
  await postgres.stop('kill');
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      await postgres.restart();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** One of its processes, whatever it does: a session, or one of those that write. */
export async function killBackend(postgres: EmbeddedPostgres, pick: (pids: number[]) => number): Promise<void> {
  const url = postgres.url('postgres');
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()
       AND backend_type IN ('client backend', 'checkpointer', 'background writer', 'walwriter') ORDER BY pid`,
  );
  try {
    process.kill(pick(rows.map(({ pid }) => pid)), 'SIGKILL');
  } catch (error) {
    // It had ended by itself.
    if ((error as { code?: string }).code !== 'ESRCH') throw error;
  }
  await client.end().catch(() => undefined);
  await untilServing(url);
}

async function untilServing(url: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      await client.end();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
