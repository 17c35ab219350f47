/** No way leads from the application's own login to a changed history: every trick below is tried on real PostgreSQL. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataSource } from '../../test/support/database.js';
import { available, grant, held, hold, openBooks, states, system, type TestBooks, transfer } from '../../test/support/ledger.js';
import { APP_SESSION_OPTIONS } from '../database/app-role.js';
import { ownerLogin } from '../database/warn-of-owner-login.js';
import { Ledger } from './ledger.js';

let books: TestBooks;
let owner: string;
let login: string;
let url: string;
let before: unknown;

/** Everything that is history, and the balances. */
const everything = async (): Promise<unknown> => [
  await books.asOwner('SELECT * FROM ledger.transfers ORDER BY id'),
  await books.asOwner('SELECT * FROM ledger.entries ORDER BY transfer_id, leg'),
  await books.asOwner('SELECT * FROM ledger.transfer_meta ORDER BY transfer_id'),
  await books.asOwner('SELECT * FROM ledger.balances ORDER BY id'),
  await books.asOwner('SELECT * FROM ledger.holds ORDER BY id'),
];

beforeAll(async () => {
  books = await openBooks();
  owner = await books.account(1_000n);
  await books.post(grant(owner, 5n, { memo: 'a word' }), hold(owner, 100n));
  login = `login_${randomBytes(4).toString('hex')}`;
  await books.asOwner(`CREATE ROLE ${login} LOGIN PASSWORD 'secret' IN ROLE potluck_app`);
  const place = new URL(books.url);
  place.username = login;
  place.password = 'secret';
  url = place.href;
  before = await everything();
});
afterAll(async () => {
  expect(await everything()).toEqual(before);
  expect(await books.brokenLaws()).toEqual({});
  await books.asOwner(`DROP ROLE ${login}`);
  await books.close();
});

/** Each step alone in a session of its own; the SQLSTATE of the last one, or 'done'. */
async function attempt(...steps: string[]): Promise<string> {
  const client = new pg.Client({ connectionString: url, options: APP_SESSION_OPTIONS });
  await client.connect();
  try {
    let state = 'done';
    for (const step of steps)
      state = await client.query(step).then(
        () => 'done',
        (error: { code: string }) => error.code,
      );
    return state;
  } finally {
    await client.end();
  }
}

const DENIED = '42501';
const EDIT = 'UPDATE ledger.entries SET amount = amount';

describe('a login of the application', () => {
  it.each([
    ['direct', [EDIT]],
    ['outside the application’s role', ['SET ROLE NONE', EDIT]],
    ['after RESET ROLE', ['RESET ROLE', EDIT]],
    ['after RESET ALL', ['RESET ALL', EDIT]],
    ['after DISCARD ALL', ['DISCARD ALL', EDIT]],
    ['as the ledger’s role', ['SET ROLE potluck_ledger']],
    ['as the owner', ['SET ROLE potluck']],
    ['as another session’s user', ['SET SESSION AUTHORIZATION potluck']],
    ['with triggers and rules asleep', ['SET session_replication_role = replica']],
    ['by a cursor', ['BEGIN', 'DECLARE c CURSOR FOR SELECT * FROM ledger.entries FOR UPDATE']],
    ['by a merge', ['MERGE INTO ledger.entries e USING ledger.entries o ON o.seq < 0 WHEN MATCHED THEN DELETE']],
    ['by COPY', ['COPY ledger.entries FROM STDIN']],
    ['by a program', ["COPY (SELECT 1) TO PROGRAM 'true'"]],
    ['locking it', ['BEGIN', 'LOCK TABLE ledger.entries IN ACCESS EXCLUSIVE MODE']],
  ])('cannot edit an entry %s', async (_, steps) => {
    expect(await attempt(...steps)).toBe(DENIED);
  });

  it.each([
    ['ALTER TABLE ledger.entries DISABLE TRIGGER ALL'],
    ['ALTER TABLE ledger.entries DROP CONSTRAINT entries_gap_free'],
    ['ALTER TABLE ledger.entries OWNER TO potluck_app'],
    ['ALTER TABLE ledger.transfers ADD COLUMN note text'],
    ['ALTER SCHEMA ledger RENAME TO other'],
    ['DROP TRIGGER entries_immutable ON ledger.entries'],
    ['DROP TABLE ledger.entries'],
    ['DROP SCHEMA ledger CASCADE'],
    ['DROP FUNCTION ledger.refuse_change() CASCADE'],
    ['CREATE OR REPLACE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$'],
    ['CREATE FUNCTION ledger.door() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ DELETE FROM ledger.entries $$'],
    ['CREATE TABLE ledger.more (a integer)'],
    ['CREATE TRIGGER sly BEFORE INSERT ON ledger.entries FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change()'],
    ['CREATE RULE sly AS ON INSERT TO ledger.entries DO INSTEAD NOTHING'],
    ['CREATE POLICY sly ON ledger.entries'],
    ['CREATE INDEX sly ON ledger.entries (amount)'],
    ['CREATE SCHEMA other'],
    ['CREATE FUNCTION public.sum(bigint) RETURNS bigint LANGUAGE sql AS $$ SELECT 0 $$'],
    ['GRANT potluck_ledger TO potluck_app'],
    ['ALTER ROLE potluck_app SUPERUSER'],
    ['ALTER ROLE potluck_ledger LOGIN'],
    ['UPDATE pg_catalog.pg_trigger SET tgenabled = $$D$$'],
  ])('may not: %s', async (sql) => {
    expect(await attempt(sql)).toBe(DENIED);
  });

  it('gives itself no right: such a grant grants nothing', async () => {
    expect(await attempt('GRANT UPDATE, DELETE ON ledger.entries TO potluck_app', EDIT)).toBe(DENIED);
  });

  it('calls the doors, and nothing behind them', async () => {
    const functions = await books.asOwner(
      `SELECT proname AS name, bool_or(prosecdef) AS door, bool_or(has_function_privilege('potluck_app', oid, 'EXECUTE')) AS may,
         bool_or(EXISTS (SELECT 1 FROM aclexplode(proacl) a WHERE a.grantee = 0)) AS everyone
       FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace GROUP BY proname ORDER BY 1`,
    );
    expect(functions.filter(({ door }) => door).map(({ name }) => name)).toEqual(DOORS);
    expect(functions.filter(({ may, door }) => may && !door).map(({ name }) => name)).toEqual(READERS);
    expect(functions.filter(({ everyone }) => everyone)).toEqual([]);
    expect(await attempt(`SELECT ledger.draw_buckets('${owner}', 1, NULL)`)).toBe(DENIED);
    expect(await attempt('SELECT ledger.check_entries()')).toBe(DENIED);
    expect(await attempt(`SELECT setval('ledger.transfer_ids', 1)`)).toBe(DENIED);
  });

  it('meets functions that run as the ledger’s role, on a search path of their own', async () => {
    const found = await books.asOwner(
      `SELECT proname AS name, pg_get_userbyid(proowner) AS owner, (SELECT c FROM unnest(proconfig) AS c WHERE c LIKE 'search_path=%') AS path
       FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace AND (prosecdef OR prorettype = 'trigger'::regtype)`,
    );
    expect(found.filter((row) => row.owner !== 'potluck_ledger' || row.path !== 'search_path=ledger, pg_temp')).toEqual([]);
    const owners = await books.asOwner(
      `SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relnamespace = 'ledger'::regnamespace`,
    );
    expect(owners).toEqual([{ owner: 'potluck_ledger' }]);
    const [role] = await books.asOwner(
      `SELECT rolsuper, rolcanlogin, rolcreaterole FROM pg_roles WHERE rolname = 'potluck_ledger'`,
    );
    expect(role).toEqual({ rolsuper: false, rolcanlogin: false, rolcreaterole: false });
  });

  it('cannot slip tables, functions or operators of its own under the ledger’s', async () => {
    const asApp = await openDataSource(url);
    const ledger = new Ledger(asApp);
    const outcomes = await asApp.transaction(async (tx) => {
      for (const sql of [
        'CREATE TEMPORARY TABLE balances (id bigint, balance bigint, code smallint, flags smallint, owner_id uuid)',
        'CREATE TEMPORARY TABLE kind_rules AS SELECT 14::smallint AS kind, 5::smallint AS code, 1::smallint AS sign',
        'CREATE FUNCTION pg_temp.never(bigint, bigint) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$',
        'CREATE OPERATOR pg_temp.<> (FUNCTION = pg_temp.never, LEFTARG = bigint, RIGHTARG = bigint)',
        'CREATE OPERATOR pg_temp.< (FUNCTION = pg_temp.never, LEFTARG = bigint, RIGHTARG = bigint)',
        'CREATE FUNCTION pg_temp.draw_buckets(uuid, bigint, timestamptz) RETURNS void LANGUAGE sql AS $$ SELECT $$',
        'SET LOCAL search_path = pg_temp, ledger, public, pg_catalog',
      ])
        await tx.query(sql);
      return ledger.post(tx, [
        transfer('grant', [system('issuance', -5n), available(owner, 6n)]),
        transfer('donation', [available(owner, -9_999n), system('commons', 9_999n)]),
        transfer('adjustment', [system('commons', -5n), held(owner, 5n)]),
      ]);
    });
    await asApp.destroy();
    expect(states(outcomes)).toEqual(['unbalanced', 'insufficient_credits', 'kind_not_allowed']);
  });

  it('is no login that a production start warns of; the owner’s is', async () => {
    const asApp = await openDataSource(url);
    expect(await ownerLogin(asApp)).toBeUndefined();
    await asApp.destroy();
    expect(await ownerLogin(books.dataSource)).toBe('potluck');
  });
});

/** Every function of the ledger that the application may call: one more is one more way into the books, to be read as such. */
const DOORS = [
  ...['append_leaves', 'close_period', 'lock_log', 'note_gap', 'open_account', 'post', 'register_log_key', 'set_frozen'],
  ...['store_checkpoint', 'wait_for_log'],
];
/** They run with the application's own rights and write nothing. */
const READERS = [
  ...['balance_as_of', 'balances_within', 'day_earnings', 'day_spending', 'entry_within', 'first_transfer_since', 'flows'],
  ...['ids_between', 'last_id_before', 'period_digest', 'period_kinds_of', 'period_of'],
];
