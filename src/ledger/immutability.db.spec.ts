/** What stands in the books stays: by grants for the application, by triggers for everyone. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/signing/ids.js';
import { grant, hold, openBooks, type TestBooks } from '../../test/support/ledger.js';

let books: TestBooks;
let owner: string;

beforeAll(async () => {
  books = await openBooks();
  owner = await books.account(1_000n);
  await books.post(grant(owner, 5n, { memo: 'a word' }), hold(owner, 100n));
});
afterEach(async () => {
  expect(await books.brokenLaws()).toEqual({});
});
afterAll(() => books.close());

const state = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: { code?: string; constraint?: string; driverError?: { code?: string } }) =>
      error.constraint ?? error.driverError?.code ?? error.code,
  );

const logTables = ['leaves', 'subtree_roots', 'log_keys', 'checkpoints'];
const periodTables = ['periods', 'period_balances', 'period_kinds'];
const tables = [
  ...['balances', 'transfers', 'transfer_meta', 'entries', 'holds', 'buckets', 'kind_rules', 'freezes', 'log_state'],
  ...logTables,
  ...periodTables,
];

describe('the application’s role', () => {
  it('meets every table of the ledger here', async () => {
    const found = await books.asOwner(`SELECT tablename FROM pg_tables WHERE schemaname = 'ledger' ORDER BY 1`);
    expect(found.map(({ tablename }) => tablename)).toEqual([...tables].sort());
  });

  it.each(tables)('may read ledger.%s, and neither insert, update, delete nor truncate', async (table) => {
    const app = books.dataSource;
    const [role] = await app.query('SELECT current_user AS name');
    expect(role.name).toBe('potluck_app');
    const [column] = await books.asOwner(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'ledger' AND table_name = $1 LIMIT 1`,
      [table],
    );
    expect(await state(app.query(`SELECT 1 FROM ledger.${table} LIMIT 1`))).toBe('done');
    expect(await state(app.query(`INSERT INTO ledger.${table} SELECT * FROM ledger.${table} LIMIT 1`))).toBe('42501');
    expect(await state(app.query(`UPDATE ledger.${table} SET ${column?.name} = ${column?.name}`))).toBe('42501');
    expect(await state(app.query(`DELETE FROM ledger.${table}`))).toBe('42501');
    expect(await state(app.query(`TRUNCATE ledger.${table}`))).toBe('42501');
  });

  it('may not take ids of transfers, draw buckets by itself, nor become the owner', async () => {
    const app = books.dataSource;
    expect(await state(app.query(`SELECT nextval('ledger.transfer_ids')`))).toBe('42501');
    expect(await state(app.query('SELECT ledger.draw_buckets($1, 1, NULL)', [owner]))).toBe('42501');
    expect(await state(app.query('ALTER TABLE ledger.entries DISABLE TRIGGER ALL'))).toBe('42501');
  });
});

describe('the owner’s role', () => {
  it.each(['transfers', 'entries', 'transfer_meta', 'freezes'])(
    'may neither update, delete nor truncate ledger.%s',
    async (table) => {
      expect(
        await state(
          books.asOwner(
            `UPDATE ledger.${table} SET ${['transfers', 'freezes'].includes(table) ? (table === 'transfers' ? 'id = id' : 'reason = reason') : 'transfer_id = transfer_id'}`,
          ),
        ),
      ).toBe('P0001');
      expect(await state(books.asOwner(`DELETE FROM ledger.${table} WHERE false`))).toBe('P0001');
      expect(await state(books.asOwner(`TRUNCATE ledger.${table}`))).toBe('P0001');
    },
  );

  /** Entries of a transfer out of nowhere: [balance, amount, balance after, seq beyond the last]. */
  const insert = (...legs: [string, number, string, number][]): Promise<unknown> =>
    state(
      books.asOwner(
        `WITH t AS (INSERT INTO ledger.transfers (id, reference, ordinal, created_at, kind, request_hash)
           SELECT nextval('ledger.transfer_ids'), '${newId()}', 0, now(), 14, '' RETURNING id)
         INSERT INTO ledger.entries (transfer_id, leg, balance_id, amount, balance_after, seq)
         SELECT t.id, row_number() OVER (), b.id, v.amount, b.balance + v.change, b.seq + v.next
         FROM t, (VALUES ${legs.map(([balance, amount, change, next]) => `(${balance}, ${amount}, ${change}, ${next})`).join(', ')}) AS v(id, amount, change, next)
         JOIN ledger.balances b ON b.id = v.id`,
      ),
    );

  it('may not insert entries that do not sum to zero', async () => {
    expect(await insert(['1', -5, '-5', 1], ['2', 4, '4', 1])).toBe('transfer_balances');
  });

  it('may not insert entries that do not follow on the running balance', async () => {
    expect(await insert(['1', -5, '-5', 1], ['2', 5, '6', 1])).toBe('running_balance');
  });

  it('may not insert entries that leave out or repeat a number', async () => {
    expect(await insert(['1', -5, '-5', 1], ['2', 5, '5', 2])).toBe('running_balance');
    expect(await insert(['1', -5, '-5', 0], ['2', 5, '5', 1])).toBe('entries_gap_free');
  });

  it('may not insert entries of nothing', async () => {
    expect(await insert(['1', 0, '0', 1], ['2', 0, '0', 1])).toBe('entries_move_something');
  });

  it.each([
    ['held', 5],
    ['stake', 6],
  ])('may not bring %s below zero', async (_, code) => {
    expect(await state(books.asOwner('UPDATE ledger.balances SET balance = -1 WHERE code = $1', [code]))).toBe(
      'balances_never_negative',
    );
  });
});
