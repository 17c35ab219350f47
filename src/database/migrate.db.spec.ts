/** Roles and ownership on servers of their own: they belong to the whole server, and a start must bring any database over. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EmbeddedPostgres } from '../../demo/embedded-postgres.js';

const compiled = pathToFileURL(fileURLToPath(new URL('../../dist/src/database/migrate.js', import.meta.url))).href;
let directory: string;
let server: EmbeddedPostgres;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'potluck-roles-'));
  chmodSync(directory, 0o711);
  server = await EmbeddedPostgres.start({ directory: join(directory, 'postgres'), fsync: false });
});
afterAll(async () => {
  await server.stop('immediate');
  rmSync(directory, { recursive: true, force: true });
});

/** In a process of its own, from dist, as a start does it. */
const migrate = (url: string): Promise<unknown> =>
  promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    `const { migrate } = await import(${JSON.stringify(compiled)}); await migrate(${JSON.stringify(url)});`,
  ]);

async function query(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const sql of statements) rows = (await client.query<Record<string, unknown>>(sql)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

/** A database of an ordinary role's own. */
async function ownedDatabase(name: string, role: string): Promise<string> {
  await query(server.url('postgres'), `CREATE DATABASE ${name} OWNER ${role}`);
  const url = new URL(server.url(name));
  url.username = role;
  url.password = 'secret';
  return url.href;
}

const owners = (url: string): Promise<Record<string, unknown>[]> =>
  query(
    url,
    `SELECT DISTINCT owner FROM (
       SELECT pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = 'ledger'
       UNION ALL SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'ledger'::regnamespace
       UNION ALL SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace
     ) o`,
  );

it('An ordinary role with CREATEROLE that owns the databases migrates several at once, and again', async () => {
  await query(server.url('postgres'), `CREATE ROLE keeper LOGIN CREATEROLE PASSWORD 'secret'`);
  const urls = [
    await ownedDatabase('one', 'keeper'),
    await ownedDatabase('two', 'keeper'),
    await ownedDatabase('three', 'keeper'),
  ];
  await Promise.all([...urls, urls[0] as string].map(migrate));
  for (const url of urls) expect(await owners(url)).toEqual([{ owner: 'potluck_ledger' }]);
  await migrate(urls[0] as string);
  expect(await owners(urls[0] as string)).toEqual([{ owner: 'potluck_ledger' }]);
});

it('Brings over a database whose ledger belongs to the migrator, and shuts what was open to everyone', async () => {
  const url = await ownedDatabase('old', 'keeper');
  await migrate(url);
  await query(
    url,
    'ALTER SCHEMA ledger OWNER TO keeper',
    `DO $$ DECLARE r record; BEGIN
       FOR r IN SELECT oid::regclass AS name FROM pg_class WHERE relnamespace = 'ledger'::regnamespace AND relkind = 'r' LOOP
         EXECUTE format('ALTER TABLE %s OWNER TO keeper', r.name);
       END LOOP;
       FOR r IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace LOOP
         EXECUTE format('ALTER ROUTINE %s OWNER TO keeper', r.name);
         EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO PUBLIC, potluck_app', r.name);
       END LOOP;
     END $$`,
    'GRANT INSERT, UPDATE ON ledger.entries TO potluck_app',
    'DROP TRIGGER transfers_immutable ON ledger.transfers',
    `UPDATE applied_functions SET digest = 'of another version'`,
  );
  await migrate(url);
  expect(await owners(url)).toEqual([{ owner: 'potluck_ledger' }]);
  const [rights] = await query(
    url,
    `SELECT has_table_privilege('potluck_app', 'ledger.entries', 'UPDATE') AS edits,
       bool_or(has_function_privilege('potluck_app', oid, 'EXECUTE') AND NOT prosecdef AND provolatile = 'v') AS inside,
       bool_or(EXISTS (SELECT 1 FROM aclexplode(proacl) a WHERE a.grantee = 0)) AS everyone,
       (SELECT count(*)::integer FROM pg_trigger WHERE tgrelid = 'ledger.transfers'::regclass AND tgfoid = 'ledger.refuse_change'::regproc) AS guards
     FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace`,
  );
  expect(rights).toEqual({ edits: false, inside: false, everyone: false, guards: 1 });
});

it('Works for a superuser beside it, and tells another ordinary role what it lacks', async () => {
  await server.createDatabase('super');
  await migrate(server.url('super'));
  expect(await owners(server.url('super'))).toEqual([{ owner: 'potluck_ledger' }]);
  await query(server.url('postgres'), `CREATE ROLE stranger LOGIN CREATEROLE PASSWORD 'secret'`);
  const url = await ownedDatabase('strange', 'stranger');
  await expect(migrate(url)).rejects.toThrow(/GRANT potluck_app TO stranger WITH INHERIT TRUE, SET TRUE/);
  await query(server.url('postgres'), 'GRANT potluck_app, potluck_ledger TO stranger WITH INHERIT TRUE, SET TRUE');
  await migrate(url);
  expect(await owners(url)).toEqual([{ owner: 'potluck_ledger' }]);
});
