/** Stake goes back a day after it was earned, bucket by bucket, and never so far that it would not cover what it answers for. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { earnStake, fund, stake, system, transfer } from '../../test/support/ledger.js';
import { openSupply, type SupplyBooks } from '../../test/support/supply.js';
import type { RecurringWork } from '../queue/recurring-work.js';
import type { Settings } from '../settings/settings.js';
import type { MedianUnit } from './median-unit.js';
import { ReleaseStake } from './release-stake.js';

const HOUR_MS = 3_600_000;
let books: SupplyBooks;
let median: bigint;

beforeEach(async () => {
  books = await openSupply();
  median = 10n;
  await books.post(fund('commons', 100_000n));
});
afterEach(async () => {
  expect(await books.brokenLaws()).toEqual({});
  await books.close();
});

const releaseStake = (): ReleaseStake =>
  new ReleaseStake(
    books.transaction,
    books.ledger,
    { current: () => median } as MedianUnit,
    undefined as unknown as RecurringWork,
    { policy: books.policy } as Settings,
  );
const inHours = (hours: number): number => Date.now() + hours * HOUR_MS;
const ofOwner = async (owner: string): Promise<[bigint, bigint]> => {
  const { stakeMicro, availableMicro } = await books.balances(owner);
  return [stakeMicro, availableMicro];
};

it('A due bucket goes only as far as 40 median prices stay; many replicas release it once', async () => {
  const owner = await books.member();
  await books.node(owner);
  await books.post(earnStake(owner, 1_000n));
  await releaseStake().run(inHours(23));
  expect(await ofOwner(owner)).toEqual([1_000n, 0n]);
  await Promise.all([1, 2, 3].map(() => releaseStake().run(inHours(26))));
  expect(await ofOwner(owner)).toEqual([400n, 600n]);
});

it('The rest of a bucket goes later, when less is needed', async () => {
  const owner = await books.member();
  await books.node(owner);
  await books.post(earnStake(owner, 1_000n));
  await releaseStake().run(inHours(26));
  median = 5n;
  await releaseStake().run(inHours(26));
  expect(await ofOwner(owner)).toEqual([400n, 600n]);
  await releaseStake().run(inHours(27));
  expect(await ofOwner(owner)).toEqual([200n, 800n]);
});

it('A retired account gets all that is due, an account whose stake was seized nothing', async () => {
  const [retired, seized] = [await books.member(), await books.member()];
  await books.node(retired, { stage: 'retired' });
  await books.node(seized, { stage: 'retired' });
  await books.post(earnStake(retired, 300n), earnStake(seized, 300n));
  await books.post(transfer('slash', [stake(seized, -300n), system('insurance', 300n)]));
  await releaseStake().run(inHours(26));
  expect([await ofOwner(retired), await ofOwner(seized)]).toEqual([
    [0n, 300n],
    [0n, 0n],
  ]);
});
