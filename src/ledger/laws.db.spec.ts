/** Each law names what breaks it: books are bent behind the triggers' back, and rolled back after. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { donate, earnStake, fund, grant, hold, openBooks, type TestBooks } from '../../test/support/ledger.js';
import { ledgerLaws } from './laws.js';

let books: TestBooks;
let owner: string;

beforeAll(async () => {
  books = await openBooks();
  owner = await books.account(1_000n);
  await books.post(fund('commons', 500n), hold(owner, 100n), donate(owner, 10n), earnStake(owner, 50n), grant(owner, 7n));
});
afterAll(() => books.close());

const AVAILABLE = `balance_id = (SELECT id FROM ledger.balances WHERE owner_id = $1 AND code = 4)`;

const bends: [law: string, bend: string][] = [
  ['I1', `UPDATE ledger.entries SET amount = amount + 1 WHERE seq = 2 AND ${AVAILABLE}`],
  ['I2', 'UPDATE ledger.balances SET balance = balance + 1 WHERE owner_id = $1 AND code = 4'],
  [
    'I3',
    `UPDATE ledger.balances SET balance = balance + CASE code WHEN 4 THEN 1 ELSE -1 END WHERE owner_id = $1 AND code IN (4, 5)`,
  ],
  [
    'I4',
    `UPDATE ledger.entries SET seq = seq + 1 WHERE seq = (SELECT max(seq) FROM ledger.entries WHERE ${AVAILABLE}) AND ${AVAILABLE}`,
  ],
  ['I5', `UPDATE ledger.entries SET balance_after = balance_after + 1 WHERE seq = 2 AND ${AVAILABLE}`],
  [
    'I6',
    `UPDATE ledger.transfers SET created_at = created_at - interval '1 day' WHERE id = (SELECT max(transfer_id) FROM ledger.entries WHERE ${AVAILABLE})`,
  ],
  ['I7', `UPDATE ledger.entries SET balance_after = -200000001 WHERE amount < 0 AND ${AVAILABLE}`],
  ['I8', 'UPDATE ledger.holds SET remaining = remaining - 1 WHERE payer = $1'],
  ['I8', 'DELETE FROM ledger.holds WHERE payer = $1'],
  ['I9', 'UPDATE ledger.buckets SET amount = amount + 1 WHERE owner_id = $1'],
  ['I9', 'DELETE FROM ledger.buckets WHERE owner_id = $1'],
  ['I12', 'UPDATE ledger.balances SET balance = balance - 1 WHERE id = 1 AND $1::uuid IS NOT NULL'],
  ['I14', `DELETE FROM ledger.transfers WHERE id = (SELECT max(transfer_id) FROM ledger.entries WHERE ${AVAILABLE})`],
  ['I14', `DELETE FROM ledger.entries WHERE transfer_id = (SELECT max(transfer_id) FROM ledger.entries WHERE ${AVAILABLE})`],
];

it.each(bends)('%s is broken by: %s', async (law, bend) => {
  expect(await books.brokenLaws()).toEqual({});
  await books.asOwner('BEGIN');
  try {
    await books.asOwner('SET LOCAL session_replication_role = replica');
    await books.asOwner(bend, [owner]);
    expect(await books.brokenLaws()).toHaveProperty(law);
  } finally {
    await books.asOwner('ROLLBACK');
  }
});

it('Every law is tried here', () => {
  expect(new Set(bends.map(([law]) => law))).toEqual(new Set(ledgerLaws({ lineMaxMicro: 0n }).map(({ id }) => id)));
});
