/** Holds and stake buckets: projections of the transfers, which must always say what held and stake say. */
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
  release,
  releaseStake,
  settle,
  stake,
  states,
  system,
  type TestBooks,
  transfer,
} from '../../test/support/ledger.js';

let books: TestBooks;

beforeAll(async () => {
  books = await openBooks();
  await books.post(fund('commons', 1_000_000n));
});
afterEach(async () => {
  expect(await books.brokenLaws()).toEqual({});
});
afterAll(() => books.close());

const HOUR_MS = 3_600_000;

async function heldBy(payer: string, amount: bigint): Promise<{ payer: string; holdId: string; part: bigint }> {
  const request = hold(payer, amount);
  expect(states(await books.post(request))).toEqual(['posted']);
  return { payer, holdId: request.reference, part: amount };
}

const remaining = async (holdId: string): Promise<string | undefined> =>
  (await books.asOwner('SELECT remaining FROM ledger.holds WHERE id = $1', [holdId]))[0]?.remaining as string | undefined;

describe('a hold', () => {
  it('takes from available and is gone once settled: pay, commons and remainder', async () => {
    const [payer, worker] = [await books.account(1_000n), await books.account()];
    const from = await heldBy(payer, 400n);
    expect(await books.balances(payer)).toMatchObject({ availableMicro: 600n, heldMicro: 400n });
    expect(states(await books.post(settle(from, { worker, pay: 100n, stake: 50n, commons: 10n })))).toEqual(['posted']);
    expect(await books.balances(payer)).toMatchObject({ availableMicro: 840n, heldMicro: 0n });
    expect(await books.balances(worker)).toMatchObject({ availableMicro: 100n, stakeMicro: 50n });
    expect(await remaining(from.holdId)).toBeUndefined();
  });

  it('may be settled with commons giving the shortfall', async () => {
    const [payer, worker] = [await books.account(100n), await books.account()];
    const from = await heldBy(payer, 100n);
    const before = (await books.ledger.systemBalances()).commonsMicro;
    await books.post(settle(from, { worker, pay: 130n, commons: -30n }));
    expect((await books.ledger.systemBalances()).commonsMicro).toBe(before - 30n);
    expect((await books.balances(worker)).availableMicro).toBe(130n);
  });

  it('is shared by a batch: each job takes its part once, and the last one ends it', async () => {
    const [payer, worker] = [await books.account(1_000n), await books.account()];
    const { holdId } = await heldBy(payer, 300n);
    const part = { payer, holdId, part: 100n };
    const [one, two, three] = [
      settle(part, { worker, pay: 90n, commons: 10n }),
      release(part),
      settle(part, { worker, pay: 100n }),
    ];
    expect(states(await books.post(one, two))).toEqual(['posted', 'posted']);
    expect(await remaining(holdId)).toBe('100');
    expect(states(await books.post(one, three, two))).toEqual(['duplicate', 'posted', 'duplicate']);
    expect(await remaining(holdId)).toBeUndefined();
    expect(states(await books.post(release(part)))).toEqual(['hold_exhausted']);
  });

  it('gives no more than it has, in one set: the third of two halves is refused', async () => {
    const [payer, worker] = [await books.account(1_000n), await books.account()];
    const { holdId } = await heldBy(payer, 200n);
    await heldBy(payer, 200n);
    const half = () => settle({ payer, holdId, part: 100n }, { worker, pay: 100n });
    expect(states(await books.post(half(), half(), half()))).toEqual(['posted', 'posted', 'hold_exhausted']);
    expect((await books.balances(payer)).heldMicro).toBe(200n);
  });

  it('of six over 1,000 each on 5,000 is granted five times (Blnk 181)', async () => {
    const payer = await books.account(5_000n);
    const outcomes = await books.post(...Array.from({ length: 6 }, () => hold(payer, 1_000n)));
    expect(states(outcomes)).toEqual(['posted', 'posted', 'posted', 'posted', 'posted', 'insufficient_credits']);
    expect(await books.balances(payer)).toMatchObject({ availableMicro: 0n, heldMicro: 5_000n });
  });

  it('cannot be opened and settled out of nothing', async () => {
    const [payer, worker] = [await books.account(100n), await books.account()];
    expect(states(await books.post(settle({ payer, holdId: newId(), part: 10n }, { worker, pay: 10n })))).toEqual([
      'hold_exhausted',
    ]);
  });

  it('moves exactly what held moves: any other size is refused', async () => {
    const payer = await books.account(1_000n);
    const { holdId } = await heldBy(payer, 300n);
    const legs = [held(payer, -100n), available(payer, 100n)];
    const outcomes = await books.post(
      transfer('release', legs, { hold: { id: holdId, close: 50n } }),
      transfer('release', legs, { hold: { id: holdId, close: 150n } }),
      transfer('release', legs),
      transfer('hold', [available(payer, -100n), held(payer, 100n)]),
      transfer('hold', [available(payer, -100n), held(payer, 100n)], { hold: { id: newId(), open: 40n } }),
    );
    expect(states(outcomes)).toEqual(Array(5).fill('hold_mismatch'));
    expect(await remaining(holdId)).toBe('300');
  });

  it('of one payer is never closed by another’s held credits', async () => {
    const [payer, other] = [await books.account(1_000n), await books.account(1_000n)];
    const { holdId } = await heldBy(payer, 300n);
    await heldBy(other, 300n);
    expect(states(await books.post(release({ payer: other, holdId, part: 300n })))).toEqual(['hold_mismatch']);
    expect(await remaining(holdId)).toBe('300');
  });

  it('with an id that is open already is refused, and its neighbours stand', async () => {
    const payer = await books.account(1_000n);
    const { holdId } = await heldBy(payer, 100n);
    const again = hold(payer, 100n, { hold: { id: holdId, open: 100n } });
    const fresh = hold(payer, 50n);
    const twin = hold(payer, 50n, { hold: { id: fresh.reference, open: 50n } });
    expect(states(await books.post(again, fresh, twin, donate(payer, 1n)))).toEqual([
      'hold_mismatch',
      'posted',
      'hold_mismatch',
      'posted',
    ]);
    expect((await books.balances(payer)).heldMicro).toBe(150n);
  });
});

describe('stake', () => {
  /** Buckets of 100 µCR each, these many hours old. */
  async function withBuckets(...ages: number[]): Promise<{ owner: string; hours: Date[] }> {
    const owner = await books.account();
    const hours: Date[] = [];
    for (const age of ages) {
      await books.post(earnStake(owner, 100n));
      const [row] = await books.asOwner(
        `UPDATE ledger.buckets SET hour = hour - make_interval(hours => $2)
         WHERE owner_id = $1 AND hour = (SELECT max(hour) FROM ledger.buckets WHERE owner_id = $1) RETURNING hour`,
        [owner, age],
      );
      hours.push(row?.hour as Date);
    }
    return { owner, hours };
  }

  const buckets = async (owner: string): Promise<[Date, bigint][]> =>
    (await books.asOwner('SELECT hour, amount FROM ledger.buckets WHERE owner_id = $1 ORDER BY hour', [owner])).map(
      ({ hour, amount }) => [hour as Date, BigInt(amount as string)],
    );

  it('goes into the bucket of its hour', async () => {
    const owner = await books.account();
    await books.post(earnStake(owner, 30n), earnStake(owner, 12n));
    const [bucket, ...more] = await buckets(owner);
    expect(more).toEqual([]);
    expect(bucket?.[1]).toBe(42n);
    expect((bucket?.[0].getTime() ?? 1) % HOUR_MS).toBe(0);
    expect(Date.now() - (bucket?.[0].getTime() ?? 0)).toBeLessThan(HOUR_MS + 60_000);
  });

  it('is drawn from the oldest buckets first', async () => {
    const { owner, hours } = await withBuckets(30, 20, 10);
    expect(states(await books.post(releaseStake(owner, 150n)))).toEqual(['posted']);
    expect(await buckets(owner)).toEqual([
      [hours[1], 50n],
      [hours[2], 100n],
    ]);
  });

  it('is drawn from the bucket that is named, and from no other', async () => {
    const { owner, hours } = await withBuckets(30, 20, 10);
    expect(states(await books.post(releaseStake(owner, 60n, hours[1])))).toEqual(['posted']);
    expect(states(await books.post(releaseStake(owner, 60n, hours[1])))).toEqual(['bucket_exhausted']);
    expect(states(await books.post(releaseStake(owner, 1n, new Date(0))))).toEqual(['bucket_exhausted']);
    expect(await buckets(owner)).toEqual([
      [hours[0], 100n],
      [hours[1], 40n],
      [hours[2], 100n],
    ]);
  });

  it('of one bucket is not given twice within a set', async () => {
    const { owner, hours } = await withBuckets(30, 20);
    const outcomes = await books.post(
      releaseStake(owner, 70n, hours[1]),
      releaseStake(owner, 70n, hours[1]),
      releaseStake(owner, 110n),
      releaseStake(owner, 15n, hours[0]),
      releaseStake(owner, 20n, hours[1]),
    );
    expect(states(outcomes)).toEqual(['posted', 'bucket_exhausted', 'posted', 'bucket_exhausted', 'posted']);
    expect(await buckets(owner)).toEqual([]);
  });

  it('is slashed as far as it goes, and no further', async () => {
    const { owner } = await withBuckets(30, 20);
    const slash = (amount: bigint) => transfer('slash', [stake(owner, -amount), system('insurance', amount)]);
    expect(states(await books.post(slash(201n), slash(200n), slash(1n)))).toEqual([
      'insufficient_credits',
      'posted',
      'insufficient_credits',
    ]);
    expect(await buckets(owner)).toEqual([]);
  });

  it('may be earned and released in one set', async () => {
    const owner = await books.account();
    expect(
      states(await books.post(releaseStake(owner, 5n), earnStake(owner, 9n), releaseStake(owner, 5n), grant(owner, 1n))),
    ).toEqual(['insufficient_credits', 'posted', 'posted', 'posted']);
    expect((await books.balances(owner)).stakeMicro).toBe(4n);
  });
});

describe('a reversal', () => {
  it('undoes a transfer once', async () => {
    const owner = await books.account();
    const [outcome] = await books.post(grant(owner, 50n));
    if (outcome?.state !== 'posted') throw new Error('not posted');
    const reversal = () =>
      transfer('reversal', [available(owner, -50n), system('issuance', 50n)], { reverses: outcome.transferId });
    expect(states(await books.post(reversal(), reversal(), grant(owner, 1n)))).toEqual(['posted', 'not_reversible', 'posted']);
    expect(states(await books.post(reversal()))).toEqual(['not_reversible']);
    expect((await books.balances(owner)).availableMicro).toBe(1n);
  });

  it('is never of a settle, nor of nothing', async () => {
    const [payer, worker] = [await books.account(100n), await books.account()];
    const [outcome] = await books.post(settle(await heldBy(payer, 100n), { worker, pay: 100n }));
    if (outcome?.state !== 'posted') throw new Error('not posted');
    const legs = [available(worker, -100n), available(payer, 100n)];
    expect(
      states(
        await books.post(
          transfer('reversal', legs, { reverses: outcome.transferId }),
          transfer('reversal', legs, { reverses: 1_000_000_000n }),
          transfer('reversal', legs),
        ),
      ),
    ).toEqual(['not_reversible', 'not_reversible', 'not_reversible']);
  });
});
