/** A debit's floor is the credit line of the moment: it binds the debit, never what already stands. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { available, grant, openBooks, states, system, type TestBooks, transfer } from '../../test/support/ledger.js';
import type { TransferRequest } from './ledger.js';

let books: TestBooks;

beforeAll(async () => {
  books = await openBooks();
});
afterAll(() => books.close());

const spend = (owner: string, amount: bigint, floorMicro: bigint): TransferRequest =>
  transfer('donation', [{ ...available(owner, -amount), floorMicro }, system('commons', amount)]);

it('A debit may go down to the floor and no further', async () => {
  const owner = await books.account(100n);
  expect(states(await books.post(spend(owner, 151n, -50n), spend(owner, 150n, -50n)))).toEqual([
    'insufficient_credits',
    'posted',
  ]);
  expect((await books.balances(owner)).availableMicro).toBe(-50n);
});

it('A line that shrinks below today’s debt refuses debits, and lets credits in', async () => {
  const owner = await books.account();
  await books.post(spend(owner, 50n, -50n));
  const outcomes = await books.post(spend(owner, 1n, -20n), grant(owner, 10n), spend(owner, 1n, -20n), grant(owner, 25n));
  expect(states(outcomes)).toEqual(['insufficient_credits', 'posted', 'insufficient_credits', 'posted']);
  expect(outcomes[0]).toMatchObject({ shortMicro: 31n });
  expect(states(await books.post(spend(owner, 5n, -20n)))).toEqual(['posted']);
  expect((await books.balances(owner)).availableMicro).toBe(-20n);
});

it('Each debit of a set is weighed with its own floor', async () => {
  const owner = await books.account();
  expect(states(await books.post(spend(owner, 10n, -10n), spend(owner, 10n, -10n), spend(owner, 10n, -20n)))).toEqual([
    'posted',
    'insufficient_credits',
    'posted',
  ]);
});

it('The same key with another floor is the same transfer', async () => {
  const owner = await books.account(100n);
  const request = spend(owner, 60n, 0n);
  await books.post(request);
  const later = { ...spend(owner, 60n, -500n), reference: request.reference };
  expect(states(await books.post(later))).toEqual(['duplicate']);
});
