/** What is wrong with a transfer is said of that transfer, in words, and its neighbours in the set stand. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/signing/ids.js';
import {
  available,
  donate,
  fund,
  grant,
  held,
  hold,
  openBooks,
  release,
  settle,
  stake,
  states,
  system,
  type TestBooks,
  transfer,
} from '../../test/support/ledger.js';
import type { TransferRequest } from './ledger.js';

const INT64_MAX = 2n ** 63n - 1n;

let books: TestBooks;
let owner: string;
let other: string;
let openHold: string;

beforeAll(async () => {
  books = await openBooks();
  [owner, other] = [await books.account(1_000n), await books.account(1_000n)];
  const request = hold(owner, 100n);
  openHold = request.reference;
  await books.post(fund('commons', 500n), request, hold(other, 100n));
});
afterAll(() => books.close());

const nobody = newId();

const bad: [what: string, code: string, words: RegExp, make: () => TransferRequest][] = [
  ['to an account that was never opened', 'unknown_balance', /has no balance available/, () => grant(nobody, 5n)],
  ['out of an account that was never opened', 'unknown_balance', /never opened/, () => donate(nobody, 5n)],
  ['of zero', 'empty', /nothing|no leg/, () => donate(owner, 0n)],
  ['without legs', 'empty', /no leg/, () => transfer('donation', [])],
  ['to itself', 'empty', /no leg/, () => transfer('adjustment', [available(owner, -5n), available(owner, 5n)])],
  ['of less than zero', 'kind_not_allowed', /kind/, () => donate(owner, -5n)],
  [
    'that does not sum to zero',
    'unbalanced',
    /sum to 1/,
    () => transfer('grant', [system('issuance', -4n), available(owner, 5n)]),
  ],
  ['with one leg', 'unbalanced', /sum to -5/, () => transfer('donation', [available(owner, -5n)])],
  [
    'between wrong balances',
    'kind_not_allowed',
    /between these balances/,
    () => transfer('grant', [system('commons', -5n), available(owner, 5n)]),
  ],
  [
    'from stake to held',
    'kind_not_allowed',
    /between these balances/,
    () => transfer('adjustment', [stake(owner, -5n), held(owner, 5n)]),
  ],
  ['of more than 64 bits', 'overflow', /64 bits/, () => grant(owner, INT64_MAX + 1n)],
  ['of far more than 64 bits', 'overflow', /64 bits/, () => grant(owner, 10n ** 40n)],
  ['of the most that 64 bits hold, on top of what is there', 'overflow', /64 bits/, () => grant(owner, INT64_MAX)],
  [
    'of the lowest number of 64 bits',
    'overflow',
    /64 bits/,
    () => transfer('adjustment', [available(owner, -(2n ** 63n)), available(other, INT64_MAX), system('commons', 1n)]),
  ],
  ['that opens a hold of more than 64 bits', 'overflow', /64 bits/, () => hold(owner, 2n ** 64n)],
  [
    'whose legs sum beyond 64 bits on one balance',
    'overflow',
    /64 bits/,
    () =>
      transfer('grant', [
        system('issuance', -INT64_MAX),
        system('issuance', -INT64_MAX),
        available(owner, INT64_MAX),
        available(other, INT64_MAX),
      ]),
  ],
  ['of more than is there', 'insufficient_credits', /is \d+ more than/, () => donate(owner, 1_000n)],
  ['that closes a hold nobody opened', 'hold_exhausted', /left/, () => release({ payer: owner, holdId: newId(), part: 5n })],
  ['that closes more than the hold has', 'hold_exhausted', /left/, () => release({ payer: owner, holdId: openHold, part: 101n })],
  ['that closes another account’s hold', 'hold_mismatch', /hold/, () => release({ payer: other, holdId: openHold, part: 5n })],
  [
    'that opens a hold of another size',
    'hold_mismatch',
    /held moves/,
    () => hold(owner, 5n, { hold: { id: newId(), open: 4n } }),
  ],
  [
    'that opens and closes a hold',
    'hold_mismatch',
    /held moves/,
    () => ({ ...hold(owner, 5n), hold: { id: newId(), open: 10n, close: 5n } }),
  ],
  [
    'that names a hold and does not touch held',
    'hold_mismatch',
    /held moves/,
    () => donate(owner, 5n, { hold: { id: openHold, close: 5n } }),
  ],
  [
    'that reverses nothing',
    'not_reversible',
    /no such transfer/,
    () => transfer('reversal', [available(owner, -5n), system('issuance', 5n)], { reverses: 10n ** 15n }),
  ],
  ['that reverses and is no reversal', 'not_reversible', /only a reversal/, () => donate(owner, 5n, { reverses: 1n })],
];

describe('a transfer', () => {
  it.each(bad)('%s is refused as %s, its neighbours are not', async (_, code, words, make) => {
    const before = await books.balances(owner);
    const outcomes = await books.post(grant(owner, 7n), make(), donate(owner, 7n));
    expect(states(outcomes)).toEqual(['posted', code, 'posted']);
    expect(outcomes[1]).toMatchObject({ state: 'refused', detail: expect.stringMatching(words) });
    expect(await books.balances(owner)).toEqual(before);
    expect(await books.brokenLaws()).toEqual({});
  });

  it('alone in its set is refused as well', async () => {
    for (const [, code, , make] of bad) expect(states(await books.post(make()))).toEqual([code]);
  });
});

it('A hold that is opened in a set is closed there by its own payer only', async () => {
  const [payer, thief] = [await books.account(100n), await books.account(100n)];
  await books.post(hold(thief, 50n));
  const opening = hold(payer, 50n);
  const outcomes = await books.post(
    opening,
    release({ payer: thief, holdId: opening.reference, part: 50n }),
    settle({ payer: thief, holdId: opening.reference, part: 50n }, { worker: thief, pay: 50n }),
    release({ payer, holdId: opening.reference, part: 50n }),
  );
  expect(states(outcomes)).toEqual(['posted', 'hold_mismatch', 'hold_mismatch', 'posted']);
  expect(await books.brokenLaws()).toEqual({});
});

it('A reversal is not barred by one of the same transfer that was refused before it in the set', async () => {
  const account = await books.account();
  const [posted] = await books.post(grant(account, 50n));
  await books.post(donate(account, 20n));
  if (posted?.state !== 'posted') throw new Error('not posted');
  const reversal = () =>
    transfer('reversal', [available(account, -50n), system('issuance', 50n)], { reverses: posted.transferId });
  const outcomes = await books.post(reversal(), grant(account, 20n), reversal(), reversal());
  expect(states(outcomes)).toEqual(['insufficient_credits', 'posted', 'posted', 'not_reversible']);
});

it('A hold’s id that two accounts open at the same time is one account’s', async () => {
  for (let round = 0; round < 20; round += 1) {
    const owners = await Promise.all(Array.from({ length: 4 }, () => books.account(100n)));
    const id = newId();
    const outcomes = await Promise.all(
      owners.map((account) => books.post(hold(account, 10n, { hold: { id, open: 10n } }), donate(account, 1n))),
    );
    expect(outcomes.map((set) => states(set)).sort()).toEqual([
      ...Array(3).fill(['hold_mismatch', 'posted']),
      ['posted', 'posted'],
    ]);
  }
  expect(await books.brokenLaws()).toEqual({});
});
