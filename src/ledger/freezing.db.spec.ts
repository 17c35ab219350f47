/** A frozen account: what may still leave it, what may not, and what stays written of it. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { newId } from '#libs/signing/ids.js';
import {
  donate,
  earnStake,
  fund,
  grant,
  hold,
  openBooks,
  release,
  releaseStake,
  settle,
  stake,
  states,
  system,
  type TestBooks,
  transfer,
} from '../../test/support/ledger.js';
import { Freezing } from './freezing.js';

let books: TestBooks;
let freezing: Freezing;
const operator = newId();

beforeAll(async () => {
  books = await openBooks();
  freezing = new Freezing(books.dataSource);
  await books.post(fund('commons', 10_000n), fund('insurance', 10_000n));
});
afterEach(async () => {
  expect(await books.brokenLaws()).toEqual({});
});
afterAll(() => books.close());

const set = (owner: string, frozen: boolean, reason = 'under investigation'): Promise<string> =>
  books.transaction.run((tx) => freezing.set(tx, { owner, frozen, by: operator, reason }));

it('pays what its open jobs owe and loses its stake on proof, and moves nothing else', async () => {
  const owner = await books.account(1_000n);
  const worker = await books.account();
  const [first, second] = [newId(), newId()];
  await books.post(hold(owner, 100n, { reference: first }), hold(owner, 100n, { reference: second }), earnStake(owner, 50n));
  expect(await set(owner, true)).toBe('changed');
  expect((await books.balances(owner)).frozen).toBe(true);
  const outcomes = await books.post(
    hold(owner, 10n),
    donate(owner, 10n),
    releaseStake(owner, 10n),
    grant(owner, 7n),
    settle({ payer: owner, holdId: first, part: 100n }, { worker, pay: 60n }),
    release({ payer: owner, holdId: second, part: 100n }),
    transfer('slash', [stake(owner, -50n), system('insurance', 50n)]),
  );
  expect(states(outcomes)).toEqual([
    'account_frozen',
    'account_frozen',
    'account_frozen',
    'posted',
    'posted',
    'posted',
    'posted',
  ]);
  expect(await set(owner, false, 'cleared')).toBe('changed');
  expect(states(await books.post(hold(owner, 10n)))).toEqual(['posted']);
});

it('keeps who, when and why, newest first, and nothing where nothing changed', async () => {
  const owner = await books.account();
  expect(await set(owner, false)).toBe('so already');
  expect(await set(owner, true, 'first')).toBe('changed');
  expect(await set(owner, true, 'again')).toBe('so already');
  expect(await set(owner, false, 'cleared')).toBe('changed');
  const history = await freezing.history(owner, undefined, 10);
  expect(history.map(({ frozen, by, reason }) => ({ frozen, by, reason }))).toEqual([
    { frozen: false, by: operator, reason: 'cleared' },
    { frozen: true, by: operator, reason: 'first' },
  ]);
  expect((await freezing.history(owner, history[0]?.id, 10)).length).toBe(1);
});

it('is an account that exists: neither an unknown one nor the system’s own balances', async () => {
  expect(await set(newId(), true)).toBe('unknown');
  const [row] = await books.dataSource.query('SELECT ledger.set_frozen(NULL, true, $1, $2) AS changed', [operator, 'all of it']);
  expect(row.changed).toBeNull();
  expect(await books.asOwner('SELECT id FROM ledger.balances WHERE flags <> 0')).toEqual(
    await books.asOwner('SELECT id FROM ledger.balances WHERE owner_id IS NOT NULL AND flags <> 0'),
  );
});

it('needs a reason', async () => {
  const owner = await books.account();
  await expect(set(owner, true, '  a ')).rejects.toThrow(/freezes_say_why/);
  expect((await books.balances(owner)).frozen).toBe(false);
});

it('freezes once when two operators come at the same time, and a debit is wholly before or after it', async () => {
  const owner = await books.account(1_000n);
  const [one, other, debit] = await Promise.all([
    set(owner, true, 'one of two'),
    set(owner, true, 'two of two'),
    books.post(donate(owner, 1n)),
  ]);
  expect([one, other].sort()).toEqual(['changed', 'so already']);
  expect(['posted', 'account_frozen']).toContain(states(debit)[0]);
  expect((await freezing.history(owner, undefined, 10)).length).toBe(1);
});
