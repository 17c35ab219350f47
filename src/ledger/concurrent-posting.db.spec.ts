/** Many writers at once: every race ends as some order of single postings. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { newId } from '#libs/signing/ids.js';
import {
  available,
  donate,
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
import type { PostOutcome, TransferRequest } from './ledger.js';

let books: TestBooks;

beforeAll(async () => {
  books = await openBooks();
  await books.post(fund('commons', 1_000_000n));
});
afterEach(async () => {
  expect(await books.brokenLaws()).toEqual({});
});
afterAll(() => books.close());

/** Each request in a transaction of its own, all at once. */
const race = async (requests: TransferRequest[]): Promise<PostOutcome[]> =>
  (await Promise.all(requests.map((request) => books.post(request)))).flat();

const count = (outcomes: PostOutcome[], state: string): number => states(outcomes).filter((found) => found === state).length;

it('A settle posted twice at the same time pays once (Blnk 171)', async () => {
  const [payer, worker] = [await books.account(10_000n), await books.account()];
  for (let round = 0; round < 10; round += 1) {
    const request = hold(payer, 1_000n);
    await books.post(request);
    const settlement = settle(
      { payer, holdId: request.reference, part: 1_000n },
      { worker, pay: 900n, stake: 60n, commons: 40n },
    );
    const outcomes = await race(Array.from({ length: 6 }, () => settlement));
    expect([count(outcomes, 'posted'), count(outcomes, 'duplicate')]).toEqual([1, 5]);
    expect(new Set(outcomes.map((outcome) => (outcome.state === 'refused' ? '' : outcome.transferId))).size).toBe(1);
  }
  expect((await books.balances(worker)).availableMicro).toBe(9_000n);
});

it('Two different settlements of one hold at the same time leave one refused', async () => {
  const [payer, worker] = [await books.account(1_000n), await books.account()];
  const request = hold(payer, 1_000n);
  await books.post(request);
  const from = { payer, holdId: request.reference, part: 1_000n };
  const outcomes = await race([settle(from, { worker, pay: 1_000n }), release(from), release(from)]);
  expect([count(outcomes, 'posted'), count(outcomes, 'hold_exhausted')]).toEqual([1, 2]);
});

it('Six holds of 1,000 at the same time on 5,000: five stand (Blnk 181)', async () => {
  for (let round = 0; round < 5; round += 1) {
    const payer = await books.account(5_000n);
    const outcomes = await race(Array.from({ length: 6 }, () => hold(payer, 1_000n)));
    expect([count(outcomes, 'posted'), count(outcomes, 'insufficient_credits')]).toEqual([5, 1]);
    expect(await books.balances(payer)).toMatchObject({ availableMicro: 0n, heldMicro: 5_000n });
  }
});

it('The same key in two sets at the same time posts once, with its neighbours', async () => {
  for (let round = 0; round < 10; round += 1) {
    const owner = await books.account();
    const shared = grant(owner, 100n);
    const sets = await Promise.all([
      books.post(grant(owner, 1n), shared),
      books.post(shared, grant(owner, 10n)),
      books.post(shared, shared),
    ]);
    expect([count(sets.flat(), 'posted'), count(sets.flat(), 'duplicate')]).toEqual([3, 3]);
    expect((await books.balances(owner)).availableMicro).toBe(111n);
  }
});

it('The same key on other balances at the same time posts once; the other is a conflict', async () => {
  for (let round = 0; round < 20; round += 1) {
    const owners = await Promise.all(Array.from({ length: 4 }, () => books.account()));
    // No balance in common, so that nothing but the key stands between them.
    await books.post(...owners.map((owner) => transfer('surplus', [system('commons', -10n), stake(owner, 10n)])));
    const reference = newId();
    const outcomes = await race(owners.map((owner) => releaseStake(owner, 10n, undefined, { reference })));
    expect([count(outcomes, 'posted'), count(outcomes, 'key_conflict')]).toEqual([1, 3]);
  }
});

it('Sets that touch the same accounts in opposite order all come through', async () => {
  const owners = await Promise.all(Array.from({ length: 8 }, () => books.account(10_000n)));
  const forwards = () => owners.map((owner) => donate(owner, 1n));
  const posted = await Promise.all(
    Array.from({ length: 16 }, (_, at) => books.post(...(at % 2 ? forwards() : forwards().reverse()))),
  );
  expect(count(posted.flat(), 'posted')).toBe(16 * 8);
});

it('Along each balance neither ids nor times go back, under 16 writers', async () => {
  const owners = await Promise.all(Array.from({ length: 4 }, () => books.account(100_000n)));
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; n < 25; n += 1) {
      // Ids and time are fetched by sessions in any order; a pause before the post makes sessions overtake each other.
      await books.transaction.run(async (tx) => {
        await tx.query('SELECT pg_sleep($1)', [((writer * 7 + n * 3) % 5) / 1_000]);
        await books.ledger.post(tx, [donate(owners[(writer + n) % 4] as string, 1n), grant(owners[n % 4] as string, 1n)]);
      });
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, writer) => write(writer)));
  const [row] = await books.asOwner(`SELECT seq FROM ledger.balances WHERE id = 2`);
  expect(Number(row?.seq)).toBeGreaterThanOrEqual(400);
  expect((await books.brokenLaws()).I6).toBeUndefined();
});

it('An account opened by many at once has three balances', async () => {
  const owner = newId();
  await Promise.all(Array.from({ length: 8 }, () => books.transaction.run((tx) => books.ledger.openAccount(tx, owner))));
  expect(await books.asOwner('SELECT code FROM ledger.balances WHERE owner_id = $1 ORDER BY code', [owner])).toEqual([
    { code: 4 },
    { code: 5 },
    { code: 6 },
  ]);
  expect(states(await books.post(transfer('grant', [system('issuance', -1n), available(owner, 1n)])))).toEqual(['posted']);
});
