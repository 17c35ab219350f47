/** What accounts earned and spent, read by id in short ranges. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newId } from '#libs/signing/ids.js';
import {
  available,
  fund,
  grant,
  hold,
  openBooks,
  release,
  settle,
  stake,
  system,
  type TestBooks,
  transfer,
} from '../../test/support/ledger.js';
import { type Flow, Flows, NO_SUBMITTER } from './flows.js';

const DAY_MS = 86_400_000;
let books: TestBooks;
let flows: Flows;

beforeEach(async () => {
  books = await openBooks();
  flows = new Flows(books.dataSource);
});
afterEach(async () => {
  expect(await books.brokenLaws()).toEqual({});
  await books.close();
});

const around = (daysAhead = 0): Promise<Flow[]> => {
  const now = Date.now() + daysAhead * DAY_MS;
  return flows.between(new Date(now - DAY_MS), new Date(now + DAY_MS));
};

it('Counts pay by others’ jobs, not one’s own, and what holds did not give back', async () => {
  const [payer, worker] = [await books.account(10_000n), await books.account(10_000n)];
  await books.post(fund('commons', 1_000n));
  const [mine, theirs, unused] = [hold(payer, 900n), hold(worker, 500n), hold(payer, 50n)];
  await books.post(mine, theirs, unused);
  await books.post(
    settle({ payer, holdId: mine.reference, part: 900n }, { worker, pay: 300n, stake: 200n, commons: 10n }),
    // One's own node at work for one's own job earns nothing.
    settle({ payer: worker, holdId: theirs.reference, part: 500n }, { worker, pay: 100n, commons: 20n }),
    release({ payer, holdId: unused.reference, part: 50n }),
    transfer('surplus', [system('commons', -7n), stake(worker, 7n)]),
    transfer('audit', [system('commons', -5n), available(payer, 5n)], { reference: newId() }),
    grant(worker, 1_000n),
  );
  const flow = (accountId: string, submitterId: string, earned: bigint, spent: bigint): Flow => ({
    accountId,
    submitterId,
    earnedMicro: earned,
    spentMicro: spent,
    servedJobs: earned > 0n ? 1 : 0,
    submittedJobs: spent > 0n ? 1 : 0,
  });
  const found = await around();
  expect(found).toHaveLength(5);
  expect(found).toEqual(
    expect.arrayContaining([
      flow(payer, payer, 0n, 510n),
      flow(payer, NO_SUBMITTER, 5n, 0n),
      flow(worker, worker, 0n, 20n),
      flow(worker, NO_SUBMITTER, 7n, 0n),
      flow(worker, payer, 500n, 0n),
    ]),
  );
  expect(await around(3)).toEqual([]);
  expect(await flows.ofAccount(worker, new Date(Date.now() - DAY_MS))).toEqual({
    accountId: worker,
    earnedMicro: 507n,
    spentMicro: 20n,
    servedJobs: 2,
    submittedJobs: 1,
  });
});
