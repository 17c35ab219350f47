/**
 * Two databases get the same transfers: one as sets, the other one at a time. Both must answer the same, in the same words, and end
 * with the same rows in every table: transfers, entries, balances, holds, buckets and words.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '#libs/signing/ids.js';
import { earnStake, fund, grant, openBooks, type TestBooks } from '../../test/support/ledger.js';
import {
  anyAction,
  lawsBrokenDespiteFloors,
  newScene,
  OWNERS,
  requestOf,
  type Scene,
} from '../../test/support/random-transfers.js';
import type { PostOutcome, TransferRequest } from './ledger.js';

const RUNS = Number(process.env.FC_RUNS ?? 1);
const timeout = 120_000 + 60_000 * RUNS;

let inSets: TestBooks;
let singly: TestBooks;
const both = <T>(work: (books: TestBooks) => Promise<T>): Promise<[T, T]> => Promise.all([work(inSets), work(singly)]);

beforeAll(async () => {
  [inSets, singly] = [await openBooks(), await openBooks()];
  const start = [fund('commons', 2_000n), fund('insurance', 200n)];
  await both((books) => books.post(...start));
});
afterAll(async () => {
  await both((books) => books.close());
});

async function opened(): Promise<Scene> {
  const owners = Array.from({ length: OWNERS }, newId);
  const starts = owners.flatMap((owner) => [grant(owner, 300n), earnStake(owner, 60n)]);
  const funds = fund('commons', 60n * BigInt(OWNERS));
  const hour = new Date('2026-01-01T10:00:00Z');
  await both(async (books) => {
    await books.transaction.run(async (tx) => {
      for (const owner of owners) await books.ledger.openAccount(tx, owner);
    });
    await books.post(funds, ...starts);
    await books.asOwner('UPDATE ledger.buckets SET hour = $2 WHERE owner_id = ANY ($1::uuid[])', [owners, hour]);
  });
  return newScene(owners, [hour, new Date(0)]);
}

const TABLES = [
  `SELECT id, reference, kind, ordinal, reverses, encode(request_hash, 'hex') AS hash, encode(evidence_hash, 'hex') AS evidence
   FROM ledger.transfers WHERE id > $1 ORDER BY id`,
  'SELECT transfer_id, leg, balance_id, amount, balance_after, seq FROM ledger.entries WHERE transfer_id > $1 ORDER BY 1, 2',
  'SELECT transfer_id, memo, meta FROM ledger.transfer_meta WHERE transfer_id > $1 ORDER BY 1',
  'SELECT id, owner_id, code, balance, seq FROM ledger.balances WHERE $1 >= 0 ORDER BY id',
  'SELECT id, payer, amount, remaining, reference, opened_by FROM ledger.holds WHERE $1 >= 0 ORDER BY id',
  // The hour may turn between the two.
  `SELECT owner_id, least(hour, '2026-02-01') AS hour, sum(amount) AS amount FROM ledger.buckets WHERE $1 >= 0 GROUP BY 1, 2 ORDER BY 1, 2`,
];

async function expectSameRows(after: string): Promise<void> {
  for (const table of TABLES) {
    const [one, other] = await both((books) => books.asOwner(table, [after]));
    expect(one).toEqual(other);
  }
}

const lastId = async (): Promise<string> =>
  (await inSets.asOwner('SELECT max(id)::text AS id FROM ledger.transfers'))[0]?.id as string;

/** All it says, but where the other bearer of its key stands: in this set, or posted before. */
const words = (outcome: PostOutcome): PostOutcome =>
  outcome.state === 'refused' && outcome.code === 'key_conflict' ? { ...outcome, detail: '' } : outcome;

async function postedBothWays(items: TransferRequest[]): Promise<PostOutcome[]> {
  const together = await inSets.post(...items);
  const single: PostOutcome[] = [];
  for (const item of items) single.push(...(await singly.post(item)));
  expect(together.map(words)).toEqual(single.map(words));
  return together;
}

it('Any set ends as its items posted one at a time, with the bad ones in any place', { timeout }, async () => {
  // An id of a hold that was spent is free for another reference with the next set only; single ones are sets of their own.
  const action = anyAction.filter(({ what }) => what !== 'reopen');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(action, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 3 }),
      async (sets) => {
        const scene = await opened();
        const after = await lastId();
        for (const actions of sets) {
          const items = actions.flatMap((one) => requestOf(one, scene) ?? []);
          const outcomes = await postedBothWays(items);
          outcomes.forEach((outcome, at) => {
            if (outcome.state === 'posted') scene.posted.push({ id: outcome.transferId, request: items[at] as TransferRequest });
          });
        }
        await expectSameRows(after);
      },
    ),
    { numRuns: 40 * RUNS, ...(process.env.FC_SEED ? { seed: Number(process.env.FC_SEED) } : {}) },
  );
});

it('So does a set of 500 with bad ones strewn in', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        anyAction.filter(({ what }) => what !== 'reopen'),
        { minLength: 500, maxLength: 500 },
      ),
      async (actions) => {
        const scene = await opened();
        const after = await lastId();
        const outcomes = await postedBothWays(actions.flatMap((one) => requestOf(one, scene) ?? []));
        expect(new Set(outcomes.map(({ state }) => state))).toEqual(new Set(['posted', 'duplicate', 'refused']));
        await expectSameRows(after);
      },
    ),
    { numRuns: 2 * RUNS, endOnFailure: true },
  );
  await both(async (books) => {
    expect(await lawsBrokenDespiteFloors(books)).toEqual({});
  });
});
