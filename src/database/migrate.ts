/**
 * Brings a database to this version's schema: roles, then the migrations of all capabilities in the order of their timestamps,
 * then their repeatable functions (`functions/*.sql`), applied again whenever their text has changed.
 * An advisory lock lets any number of processes start at once; the first one migrates.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { APP_ROLE, LEDGER_ROLE } from './app-role.js';
import { ensureRoles } from './ensure-roles.js';
import { grantLedger, handOverLedger } from './secure-ledger.js';

/** Any number that nothing else locks: the ASCII of "potluck" as an integer. */
const MIGRATION_LOCK = '31648377262695275';
const OLDEST_SERVER = 170_000;

export interface MigrationReport {
  migrations: string[];
  functions: string[];
}

export async function migrate(ownerUrl: string): Promise<MigrationReport> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'potluck migrate' });
  await client.connect();
  try {
    await requireServer(client);
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await ensureRoles(client);
    await client.query('CREATE SCHEMA IF NOT EXISTS ledger');
    const migrations = await runMigrations(ownerUrl);
    await handOverLedger(client);
    const functions = await applyFunctions(client);
    await grant(client);
    await grantLedger(client);
    return { migrations, functions };
  } finally {
    await client.end();
  }
}

async function requireServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: number; name: string }>(
    `SELECT current_setting('server_version_num')::integer AS version, current_setting('server_version') AS name`,
  );
  const server = rows[0];
  if (server && server.version < OLDEST_SERVER)
    throw new Error(`PostgreSQL 17 or newer is needed (transaction_timeout); this is ${server.name}`);
}

async function runMigrations(ownerUrl: string): Promise<string[]> {
  const migrations: (new () => MigrationInterface)[] = [];
  for (const file of filesOf('migrations', '.js')) {
    const module = (await import(pathToFileURL(file).href)) as Record<string, new () => MigrationInterface>;
    migrations.push(
      ...Object.values(module).filter((exported) => typeof exported === 'function' && /\d{13}$/.test(exported.name)),
    );
  }
  const dataSource = new DataSource({
    type: 'postgres',
    url: ownerUrl,
    migrations,
    migrationsTableName: 'migrations',
    poolSize: 1,
  });
  await dataSource.initialize();
  try {
    return (await dataSource.runMigrations({ transaction: 'each' })).map(({ name }) => name);
  } finally {
    await dataSource.destroy();
  }
}

async function applyFunctions(client: pg.Client): Promise<string[]> {
  await client.query('CREATE TABLE IF NOT EXISTS applied_functions (path text PRIMARY KEY, digest text NOT NULL)');
  const { rows } = await client.query<{ path: string; digest: string }>('SELECT path, digest FROM applied_functions');
  const known = new Map(rows.map((row) => [row.path, row.digest]));
  const applied: string[] = [];
  for (const file of filesOf('functions', '.sql')) {
    const path = relative(sourceRoot, file).replaceAll('\\', '/');
    const text = readFileSync(file, 'utf8');
    const digest = createHash('sha256').update(text).digest('hex');
    if (known.get(path) === digest) continue;
    await client.query('BEGIN');
    // The ledger's functions belong to the ledger's role from their first moment.
    if (path.startsWith('ledger/')) await client.query(`SET LOCAL ROLE ${LEDGER_ROLE}`);
    await client.query(text);
    await client.query('RESET ROLE');
    await client.query(
      'INSERT INTO applied_functions VALUES ($1, $2) ON CONFLICT (path) DO UPDATE SET digest = excluded.digest',
      [path, digest],
    );
    await client.query('COMMIT');
    applied.push(path);
  }
  return applied;
}

/** The application reads and writes the tables of `public`. */
async function grant(client: pg.Client): Promise<void> {
  await client.query(`
    GRANT USAGE ON SCHEMA public TO ${APP_ROLE};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${APP_ROLE};
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${APP_ROLE};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO ${APP_ROLE};
    REVOKE INSERT, UPDATE, DELETE ON migrations, applied_functions FROM ${APP_ROLE};`);
}

const here = dirname(fileURLToPath(import.meta.url));
const sourceRoot = join(here, '..');

/** `src/<capability>/<folder>/*<ending>`, by timestamp for migrations, by path for functions. */
function filesOf(folder: 'migrations' | 'functions', ending: string): string[] {
  const files: string[] = [];
  for (const capability of readdirSync(sourceRoot, { withFileTypes: true })) {
    if (!capability.isDirectory()) continue;
    const directory = join(sourceRoot, capability.name, folder);
    for (const file of listOf(directory)) if (file.endsWith(ending)) files.push(join(directory, file));
  }
  const key = (file: string): string =>
    folder === 'migrations' ? (/(\d{13})/.exec(file)?.[1] ?? file) : relative(sourceRoot, file);
  return files.sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

function listOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
