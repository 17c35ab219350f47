/**
 * BullMQ's engine by setting: PostgreSQL (no further server needed) or, with REDIS_URL, Redis. The processors are the same code.
 * It carries ids, never facts: what it loses is found again from the tables.
 */
import { createPostgresBackend, quoteSchemaName, runMigrations, setDefaultBackendFactory } from 'bullmq';
import pg from 'pg';
import { APP_ROLE, APP_SESSION_OPTIONS } from '../database/app-role.js';
import type { Settings } from '../settings/settings.js';

const SCHEMA = 'bullmq';
/** One shared pool serves all queues, processors and their LISTEN clients. */
const CONNECTIONS = 6;

/** Brings BullMQ's own tables up to date; nothing to do on Redis. */
export async function migrateBackgroundWork(settings: Pick<Settings, 'databaseOwnerUrl' | 'redisUrl'>): Promise<void> {
  if (settings.redisUrl) return;
  const client = new pg.Client({ connectionString: settings.databaseOwnerUrl, application_name: 'potluck migrate' });
  await client.connect();
  try {
    await runMigrations(client, SCHEMA);
    const schema = quoteSchemaName(SCHEMA);
    await client.query(`
      GRANT USAGE ON SCHEMA ${schema} TO ${APP_ROLE};
      GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA ${schema} TO ${APP_ROLE};
      GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${APP_ROLE};
      GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} TO ${APP_ROLE};`);
  } finally {
    await client.end();
  }
}

/** Chooses the backend for the whole process and answers the connection that all queues share. */
export function connectBackgroundWork(settings: Settings): { connection: unknown; close: () => Promise<void> } {
  if (settings.redisUrl) {
    setDefaultBackendFactory();
    return { connection: { url: settings.redisUrl, maxRetriesPerRequest: null }, close: async () => undefined };
  }
  setDefaultBackendFactory(createPostgresBackend);
  const pool = new pg.Pool({
    connectionString: settings.databaseDirectUrl,
    max: CONNECTIONS,
    application_name: 'potluck background',
    options: `${APP_SESSION_OPTIONS} -c search_path=${SCHEMA}`,
  });
  pool.on('error', () => undefined);
  return { connection: pool, close: () => pool.end() };
}
