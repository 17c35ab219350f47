/**
 * The books against books of plain maps that post one transfer after the other (test/support/reference-books.ts): whatever is posted,
 * in whatever sets and by however many writers, ends as the same transfers posted singly in the order of their ids, entry by entry.
 *
 * fast-check prints the seed and path of what fails. FC_RUNS multiplies the runs (npm run test:model), FC_SEED repeats one.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectSameBooks, lastTransferId, referenceOf, wordsOf } from '../../test/support/compare-books.js';
import { earnStake, fund, openBooks, type TestBooks } from '../../test/support/ledger.js';
import { expectOneHistory, type Posting } from '../../test/support/one-history.js';
import {
  type Action,
  anyAction,
  lawsBrokenDespiteFloors,
  newScene,
  OWNERS,
  requestOf,
  type Scene,
} from '../../test/support/random-transfers.js';
import type { ReferenceBooks } from '../../test/support/reference-books.js';
import type { PostOutcome, TransferRequest } from './ledger.js';

const RUNS = Number(process.env.FC_RUNS ?? 1);
const budget = (numRuns: number): fc.Parameters<unknown> => ({
  numRuns: Math.ceil(numRuns * RUNS),
  ...(process.env.FC_SEED ? { seed: Number(process.env.FC_SEED) } : {}),
});
const timeout = 120_000 + 60_000 * RUNS;

let books: TestBooks;

beforeAll(async () => {
  books = await openBooks();
  await books.post(fund('commons', 2_000n), fund('insurance', 200n));
});
afterAll(() => books.close());

/** Accounts with something available and stake in buckets of several hours; one more hour stays empty. */
async function opened(): Promise<Scene> {
  const owners = await Promise.all(Array.from({ length: OWNERS }, () => books.account(400n)));
  await books.post(fund('commons', 200n * BigInt(OWNERS)));
  const hours: Date[] = [new Date(0)];
  for (const age of [30, 20]) {
    await books.post(...owners.map((owner) => earnStake(owner, 100n)));
    const [row] = await books.asOwner(
      `UPDATE ledger.buckets SET hour = date_trunc('hour', now()) - make_interval(hours => $2)
       WHERE owner_id = ANY ($1::uuid[]) AND hour > now() - interval '3 hours' RETURNING hour`,
      [owners, age],
    );
    hours.push(row?.hour as Date);
  }
  return newScene(owners, hours);
}

async function thaw({ owners }: Scene): Promise<void> {
  await books.asOwner('UPDATE ledger.balances SET flags = 0 WHERE owner_id = ANY ($1::uuid[]) AND flags <> 0', [owners]);
}

async function freeze(owner: string, reference: ReferenceBooks): Promise<void> {
  await books.asOwner('UPDATE ledger.balances SET flags = flags # 1 WHERE owner_id = $1', [owner]);
  if (!reference.frozen.delete(owner)) reference.frozen.add(owner);
}

const requestsOf = (actions: Action[], scene: Scene): TransferRequest[] =>
  actions.flatMap((action) => requestOf(action, scene) ?? []);

const someSets = fc.array(
  fc.record({
    actions: fc.array(anyAction, { minLength: 1, maxLength: 20 }),
    freeze: fc.option(fc.nat(OWNERS - 1), { freq: 8, nil: undefined }),
  }),
  { minLength: 1, maxLength: 8 },
);

it('Any transfers in any sets end as if posted singly, item by item and entry by entry', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(someSets, async (sets) => {
      const scene = await opened();
      const reference = await referenceOf(books, scene.owners);
      const after = await lastTransferId(books);
      for (const set of sets) {
        if (set.freeze !== undefined) await freeze(scene.owners[set.freeze] as string, reference);
        const items = requestsOf(set.actions, scene);
        const outcomes = await books.post(...items);
        reference.beginSet();
        const judgements = items.map((item, at) => reference.post(item, idOf(outcomes[at])));
        expect(said(items, outcomes.map(wordsOf))).toEqual(said(items, judgements.map(wordsOf)));
        outcomes.forEach((outcome, at) => {
          const judgement = judgements[at];
          if (judgement?.state === 'duplicate') expect(idOf(outcome)).toBe(judgement.of.id);
          if (outcome.state === 'posted') scene.posted.push({ id: outcome.transferId, request: items[at] as TransferRequest });
        });
      }
      await expectSameBooks(books, reference, { owners: scene.owners, after });
      await thaw(scene);
    }),
    budget(200),
  );
  expect(await lawsBrokenDespiteFloors(books)).toEqual({});
});

// Not shrunk: what writers do to each other differs from run to run.
it('With 2 to 32 writers at once, history is the same transfers posted singly in the order of their ids', {
  timeout,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyAction, { minLength: 20, maxLength: 120 }),
      fc.integer({ min: 2, max: 32 }),
      fc.integer({ min: 1, max: 6 }),
      fc.option(fc.nat(OWNERS - 1), { freq: 4, nil: undefined }),
      async (actions, writers, setSize, frozen) => {
        const scene = await opened();
        const reference = await referenceOf(books, scene.owners);
        if (frozen !== undefined) await freeze(scene.owners[frozen] as string, reference);
        const after = await lastTransferId(books);
        expectOneHistory(reference, await postedBy({ writers, setSize, actions, scene }), after);
        await expectSameBooks(books, reference, { owners: scene.owners, after });
        await thaw(scene);
      },
    ),
    { ...budget(100), endOnFailure: true },
  );
  expect(await lawsBrokenDespiteFloors(books)).toEqual({});
});

async function postedBy(work: { writers: number; setSize: number; actions: Action[]; scene: Scene }): Promise<Posting[]> {
  const { actions, scene, setSize } = work;
  const postings: Posting[] = [];
  let next = 0;
  let tick = 0;
  const write = async (): Promise<void> => {
    while (next < actions.length) {
      const items = requestsOf(actions.slice(next, next + setSize), scene);
      next += setSize;
      tick += 1;
      const askedAt = tick;
      const outcomes = await books.post(...items);
      tick += 1;
      postings.push({ items, outcomes, askedAt, answeredAt: tick });
      outcomes.forEach((outcome, at) => {
        if (outcome.state === 'posted') scene.posted.push({ id: outcome.transferId, request: items[at] as TransferRequest });
      });
    }
  };
  await Promise.all(Array.from({ length: work.writers }, write));
  return postings;
}

const idOf = (outcome: PostOutcome | undefined): bigint | undefined =>
  outcome === undefined || outcome.state === 'refused' ? undefined : outcome.transferId;

/** Beside what was asked for, so that a difference can be read. */
const said = (items: TransferRequest[], words: string[]): string[] =>
  items.map(({ kind, legs }, at) => `${kind} of ${legs[0]?.amountMicro}: ${words[at]}`);
