/** What one posting does: outcomes, keys, kinds and limits. Holds, stake, concurrency and immutability have files of their own. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/signing/ids.js';
import {
  available,
  donate,
  earnStake,
  fund,
  grant,
  held,
  hold,
  openBooks,
  stake,
  states,
  system,
  type TestBooks,
  transfer,
} from '../../test/support/ledger.js';
import { kindRuleRows } from './kinds.js';

let books: TestBooks;

beforeAll(async () => {
  books = await openBooks();
});
afterEach(async () => {
  expect(await books.brokenLaws()).toEqual({});
});
afterAll(() => books.close());

const spendable = async (owner: string): Promise<bigint> => (await books.balances(owner)).availableMicro;
const INT64_MAX = 9_223_372_036_854_775_807n;

describe('a posted transfer', () => {
  it('moves each leg’s amount', async () => {
    const giver = await books.account(1_000n);
    const { commonsMicro } = await books.ledger.systemBalances();
    expect(states(await books.post(donate(giver, 300n)))).toEqual(['posted']);
    expect(await books.balances(giver)).toEqual({ availableMicro: 700n, heldMicro: 0n, stakeMicro: 0n, frozen: false });
    expect((await books.ledger.systemBalances()).commonsMicro).toBe(commonsMicro + 300n);
  });

  it('keeps its evidence, words and time', async () => {
    const owner = await books.account();
    const evidenceHash = new Uint8Array(32).fill(7);
    const [outcome] = await books.post(grant(owner, 5n, { evidenceHash, memo: 'welcome', meta: { by: 'test' } }));
    if (outcome?.state !== 'posted') throw new Error('not posted');
    const [row] = await books.asOwner(
      `SELECT t.evidence_hash, now() - t.created_at < interval '1 minute' AS is_fresh, m.memo, m.meta FROM ledger.transfers t JOIN ledger.transfer_meta m ON m.transfer_id = t.id WHERE t.id = $1`,
      [outcome.transferId],
    );
    expect(row).toMatchObject({
      evidence_hash: Buffer.from(evidenceHash),
      memo: 'welcome',
      meta: { by: 'test' },
      is_fresh: true,
    });
  });

  it('sums the legs on one balance into one entry', async () => {
    const owner = await books.account();
    const [outcome] = await books.post(transfer('grant', [system('issuance', -7n), available(owner, 3n), available(owner, 4n)]));
    if (outcome?.state !== 'posted') throw new Error('not posted');
    const entries = await books.asOwner('SELECT amount FROM ledger.entries WHERE transfer_id = $1 ORDER BY leg', [
      outcome.transferId,
    ]);
    expect(entries.map(({ amount }) => amount)).toEqual(['-7', '7']);
  });

  it('is undone with the transaction that holds it', async () => {
    const owner = await books.account(10n);
    const attempt = books.transaction.run(async (tx) => {
      await books.ledger.post(tx, [grant(owner, 5n)]);
      throw new Error('the fact behind it failed');
    });
    await expect(attempt).rejects.toThrow('the fact behind it failed');
    expect(await spendable(owner)).toBe(10n);
  });

  it('finds the balances of an account whose first opening was rolled back', async () => {
    const owner = newId();
    const attempt = books.transaction.run(async (tx) => {
      await books.ledger.openAccount(tx, owner);
      await books.ledger.post(tx, [grant(owner, 1n)]);
      throw new Error('serialisation failure');
    });
    await expect(attempt).rejects.toThrow('serialisation failure');
    await books.transaction.run((tx) => books.ledger.openAccount(tx, owner));
    expect(states(await books.post(grant(owner, 2n)))).toEqual(['posted']);
    expect(await spendable(owner)).toBe(2n);
  });

  it('of an empty set is none', async () => {
    expect(await books.post()).toEqual([]);
  });
});

describe('a key', () => {
  it('that comes again with the same content answers with the first transfer and moves nothing', async () => {
    const owner = await books.account();
    const request = grant(owner, 5n);
    const [first] = await books.post(request);
    const [again] = await books.post({ ...request, memo: 'other words' });
    expect(again).toEqual({ ...first, state: 'duplicate' });
    expect(await spendable(owner)).toBe(5n);
  });

  it('that comes again when nothing is left is still a duplicate, not a refusal', async () => {
    const owner = await books.account(100n);
    const request = donate(owner, 100n);
    expect(states(await books.post(request))).toEqual(['posted']);
    expect(states(await books.post(request))).toEqual(['duplicate']);
  });

  it.each([
    ['another amount', (owner: string) => grant(owner, 6n)],
    ['another evidence', (owner: string) => grant(owner, 5n, { evidenceHash: new Uint8Array(32) })],
  ])('with %s is a conflict', async (_, other) => {
    const owner = await books.account();
    const request = grant(owner, 5n);
    await books.post(request);
    expect(states(await books.post({ ...other(owner), reference: request.reference }))).toEqual(['key_conflict']);
    expect(await spendable(owner)).toBe(5n);
  });

  it('on another account’s balances is a conflict', async () => {
    const [one, other] = [await books.account(), await books.account()];
    const request = grant(one, 5n);
    await books.post(request);
    expect(states(await books.post(grant(other, 5n, { reference: request.reference })))).toEqual(['key_conflict']);
    expect(await spendable(other)).toBe(0n);
  });

  it('retried with a new inner id is a conflict, not a second hold (Formance wallets 109)', async () => {
    const owner = await books.account(1_000n);
    const request = hold(owner, 400n);
    await books.post(request);
    const retried = { ...request, hold: { id: newId(), open: 400n } };
    expect(states(await books.post(retried))).toEqual(['key_conflict']);
    expect((await books.balances(owner)).heldMicro).toBe(400n);
  });

  it('differs by kind and by ordinal', async () => {
    const owner = await books.account();
    const request = grant(owner, 5n);
    const allowance = transfer('allowance', request.legs, { reference: request.reference });
    expect(states(await books.post(request, { ...request, ordinal: 1n }, allowance))).toEqual(['posted', 'posted', 'posted']);
    expect(await spendable(owner)).toBe(15n);
  });

  it('twice in one set posts once', async () => {
    const owner = await books.account();
    const request = grant(owner, 5n);
    const [first, second, third] = await books.post(request, request, { ...grant(owner, 6n), reference: request.reference });
    expect(states([first!, second!, third!])).toEqual(['posted', 'duplicate', 'key_conflict']);
    expect(second).toEqual({ ...first, state: 'duplicate' });
    expect(await spendable(owner)).toBe(5n);
  });

  it('whose first bearer in the set is refused is free for the next one', async () => {
    const owner = await books.account(10n);
    const request = donate(owner, 50n);
    const outcomes = await books.post(
      request,
      request,
      grant(owner, 60n),
      request,
      donate(owner, 1n, { reference: request.reference }),
    );
    expect(states(outcomes)).toEqual(['insufficient_credits', 'insufficient_credits', 'posted', 'posted', 'key_conflict']);
    expect(await spendable(owner)).toBe(20n);
  });
});

describe('a transfer is refused', () => {
  it('when its legs do not sum to zero', async () => {
    const owner = await books.account();
    const outcomes = await books.post(transfer('grant', [system('issuance', -5n), available(owner, 6n)]));
    expect(outcomes).toEqual([{ state: 'refused', code: 'unbalanced', detail: 'the legs sum to 1' }]);
    expect(await spendable(owner)).toBe(0n);
  });

  it.each([
    ['a donation to another account', (a: string, b: string) => transfer('donation', [available(a, -1n), available(b, 1n)])],
    ['a grant out of commons', (a: string) => transfer('grant', [system('commons', -1n), available(a, 1n)])],
    ['a grant backwards', (a: string) => transfer('grant', [available(a, -1n), system('issuance', 1n)])],
    ['a hold into stake', (a: string) => transfer('hold', [available(a, -1n), stake(a, 1n)])],
    ['a compensation out of commons', (a: string) => transfer('compensate', [system('commons', -1n), available(a, 1n)])],
    ['a slash of what is available', (a: string) => transfer('slash', [available(a, -1n), system('insurance', 1n)])],
    ['an adjustment of what is held', (a: string) => transfer('adjustment', [available(a, -1n), held(a, 1n)])],
  ])('when it is %s', async (_, request) => {
    const [one, other] = [await books.account(100n), await books.account(100n)];
    expect(states(await books.post(request(one, other)))).toEqual(['kind_not_allowed']);
    expect([await spendable(one), await spendable(other)]).toEqual([100n, 100n]);
  });

  it('when it moves nothing: to itself, of zero, without legs', async () => {
    const owner = await books.account(100n);
    const toItself = transfer('adjustment', [available(owner, -5n), available(owner, 5n)]);
    const ofZero = transfer('donation', [available(owner, 0n), system('commons', 0n)]);
    expect(states(await books.post(toItself, ofZero, transfer('donation', [])))).toEqual(['empty', 'empty', 'empty']);
  });

  it('when a balance would overflow, and its neighbours stand', async () => {
    const owner = await books.account(10n);
    const outcomes = await books.post(donate(owner, 4n), grant(owner, INT64_MAX), grant(owner, 1n));
    expect(states(outcomes)).toEqual(['posted', 'overflow', 'posted']);
    expect(await spendable(owner)).toBe(7n);
  });

  it('when less is there than it takes, saying how much is short', async () => {
    const owner = await books.account(10n);
    const [outcome] = await books.post(donate(owner, 14n));
    expect(outcome).toMatchObject({ state: 'refused', code: 'insufficient_credits', shortMicro: 4n });
    expect(states(await books.post(donate(owner, 10n)))).toEqual(['posted']);
  });

  it('when commons or insurance would go below zero, whatever floor is asked for', async () => {
    const owner = await books.account();
    const { commonsMicro, insuranceMicro } = await books.ledger.systemBalances();
    const below = (leg: ReturnType<typeof system>) => ({ ...leg, floorMicro: -1_000_000n });
    const outcomes = await books.post(
      transfer('surplus', [below(system('commons', -commonsMicro - 1n)), available(owner, commonsMicro + 1n)]),
      transfer('compensate', [below(system('insurance', -insuranceMicro - 1n)), available(owner, insuranceMicro + 1n)]),
    );
    expect(states(outcomes)).toEqual(['insufficient_credits', 'insufficient_credits']);
  });
});

describe('a frozen account', () => {
  it('gives nothing away, yet takes, settles, releases and is slashed', async () => {
    const owner = await books.account(1_000n);
    const request = hold(owner, 200n);
    await books.post(request, fund('commons', 500n), earnStake(owner, 300n));
    await books.asOwner('UPDATE ledger.balances SET flags = 1 WHERE owner_id = $1', [owner]);
    expect((await books.balances(owner)).frozen).toBe(true);
    const outcomes = await books.post(
      donate(owner, 1n),
      hold(owner, 1n),
      transfer('release_stake', [stake(owner, -1n), available(owner, 1n)]),
      grant(owner, 1n),
      transfer('settle', [held(owner, -150n), system('commons', 150n)], { hold: { id: request.reference, close: 150n } }),
      transfer('release', [held(owner, -50n), available(owner, 50n)], { hold: { id: request.reference, close: 50n } }),
      transfer('slash', [stake(owner, -300n), system('insurance', 300n)]),
    );
    const frozen = ['account_frozen', 'account_frozen', 'account_frozen'];
    expect(states(outcomes)).toEqual([...frozen, 'posted', 'posted', 'posted', 'posted']);
    await books.asOwner('UPDATE ledger.balances SET flags = 0 WHERE owner_id = $1', [owner]);
  });
});

describe('a set of transfers', () => {
  it('refuses only what offends: 500 items with 3 bad ones end as 500 single ones in order', async () => {
    const [together, single] = [await books.account(1_000n), await books.account(1_000n)];
    const bad = new Set([17, 250, 499]);
    const requests = (owner: string) =>
      Array.from({ length: 500 }, (_, at) =>
        bad.has(at) ? donate(owner, 5_000n) : at % 2 ? donate(owner, 2n) : grant(owner, 3n),
      );
    const inOne = await books.post(...requests(together));
    const oneByOne: typeof inOne = [];
    for (const request of requests(single)) oneByOne.push(...(await books.post(request)));
    expect(states(inOne)).toEqual(states(oneByOne));
    expect(states(inOne).filter((state) => state !== 'posted')).toHaveLength(3);
    expect(inOne.map((outcome) => (outcome.state === 'refused' ? outcome.shortMicro : 0n))).toEqual(
      oneByOne.map((outcome) => (outcome.state === 'refused' ? outcome.shortMicro : 0n)),
    );
    expect(await spendable(together)).toBe(await spendable(single));
  });

  it('counts an accepted item for those behind it, and a refused one not', async () => {
    const owner = await books.account(100n);
    const outcomes = await books.post(
      donate(owner, 80n),
      donate(owner, 30n),
      donate(owner, 20n),
      grant(owner, 5n),
      donate(owner, 5n),
    );
    expect(states(outcomes)).toEqual(['posted', 'insufficient_credits', 'posted', 'posted', 'posted']);
    expect(await spendable(owner)).toBe(0n);
  });
});

it('The rules of kinds in the database are those of the code', async () => {
  const inDatabase = await books.asOwner('SELECT kind, code, sign FROM ledger.kind_rules ORDER BY 1, 2, 3');
  const order = (one: { kind: number; code: number; sign: number }, other: typeof one): number =>
    one.kind - other.kind || one.code - other.code || one.sign - other.sign;
  expect(inDatabase).toEqual(kindRuleRows().sort(order));
});
