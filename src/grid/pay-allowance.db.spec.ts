/** The allowance of a closed day: planned once, posted once, exact to the µCR, and resumed where it stopped. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newId } from '#libs/signing/ids.js';
import { fund, grant, hold } from '../../test/support/ledger.js';
import { openSupply, type SupplyBooks, tomorrow } from '../../test/support/supply.js';
import { dayOf } from '../accounts/utc-days.js';

const CR = 1_000_000n;
let books: SupplyBooks;

beforeEach(async () => {
  books = await openSupply();
});
afterEach(async () => {
  expect(await books.brokenLaws()).toEqual({});
  await books.close();
});

const availableOf = (owners: string[]): Promise<bigint[]> =>
  Promise.all(owners.map(async (owner) => (await books.balances(owner)).availableMicro));

/** Counts, donates and pays, as one replica does. */
async function tend(replica = books.replica()): Promise<void> {
  await replica.accountDays.count(tomorrow());
  await replica.donateEarnings.run();
  await replica.payAllowance.run(tomorrow());
}

/** Two who serve and submit, earning 30 and 60 of ten submitters each. */
async function idleGrid(options: { donatePercent?: number; halfMinutes?: number } = {}): Promise<[string, string]> {
  const one = await books.member({ availableMicro: 100n });
  const two = await books.member({ availableMicro: 100n, donatePercent: options.donatePercent ?? 0 });
  for (const owner of [one, two]) await books.node(owner, { halfMinutes: options.halfMinutes ?? 120 });
  for (let n = 0; n < 10; n += 1) {
    const submitter = await books.member({ availableMicro: 100n });
    await books.serve(submitter, one, 3n);
    await books.serve(submitter, two, 6n);
  }
  await books.serve(one, await books.member(), 9n);
  await books.serve(two, await books.member(), 9n);
  return [one, two];
}

it('A thirtieth of what is missing to 100 CR each is issued, by earnings, once for many replicas and runs', async () => {
  const owners = await idleGrid();
  const before = await availableOf(owners);
  const { issuanceMicro } = await books.ledger.systemBalances();
  await Promise.all([1, 2, 3].map(() => tend()));
  await tend();
  const pot = (200n * CR - before[0]! - before[1]!) / 30n;
  const gained = (await availableOf(owners)).map((now, place) => now - before[place]!);
  expect(gained[0]! + gained[1]!).toBe(pot);
  expect(gained[1]! - 2n * gained[0]!).toBeLessThanOrEqual(2n);
  expect((await books.ledger.systemBalances()).issuanceMicro).toBe(issuanceMicro - pot);
  const day = dayOf(tomorrow()) - 1;
  expect(await books.allowances.day(day)).toMatchObject({
    eligible: 2,
    issuedMicro: pot,
    donatedMicro: 0n,
    postedAt: expect.any(Date),
  });
  expect((await books.allowances.ofDay(day, 10)).map(({ accountId, issuedMicro }) => [accountId, issuedMicro])).toEqual(
    owners.map((owner, place) => [owner, gained[place]]).sort(),
  );
});

it('Donations of the day are paid out of commons with it', async () => {
  const owners = await idleGrid({ donatePercent: 100 });
  const { commonsMicro } = await books.ledger.systemBalances();
  await tend();
  expect(await books.allowances.day(dayOf(tomorrow()) - 1)).toMatchObject({ donatedMicro: 60n });
  expect((await books.ledger.systemBalances()).commonsMicro).toBe(commonsMicro);
  const paid = await books.asOwner(
    `SELECT sum(-e.amount)::text AS donated FROM ledger.transfers t JOIN ledger.entries e ON e.transfer_id = t.id AND e.balance_id = 2 WHERE t.kind = 2`,
  );
  expect(paid).toEqual([{ donated: '60' }]);
  expect(owners).toHaveLength(2);
});

it('A day that was not idle gives nothing, and what was donated waits', async () => {
  const [one] = await idleGrid({ donatePercent: 100, halfMinutes: 1 });
  const [node] = await books.asOwner('SELECT id FROM nodes WHERE account_id = $1', [one]);
  // Two nodes with two threads for half a minute: 120 s of capacity; a minute is half of it.
  await books.asOwner(
    `INSERT INTO results (job_id, owner_id, node_id, lease_id, token, leased_at, ended_at, log_odds_micro, run_ms, n, ended, newcomer, alone)
     VALUES ($1, $2, $3, gen_random_uuid(), gen_random_uuid(), now() - interval '1 minute', now(), 0, 900000, 1, 1, false, false)`,
    [newId(), one, node!.id],
  );
  await tend();
  expect(await books.allowances.day(dayOf(tomorrow()) - 1)).toMatchObject({
    capacityMs: 120_000,
    busyMs: 60_000,
    issuedMicro: 0n,
    donatedMicro: 0n,
    postedAt: expect.any(Date),
  });
  expect(await books.transaction.run((tx) => books.allowances.undistributed(tx))).toBe(60n);
  expect(await books.asOwner('SELECT 1 FROM ledger.transfers WHERE kind = 2')).toEqual([]);
});

it('Who only gives, only takes, or is in probation, is not among those who get it', async () => {
  const submitter = await books.member({ availableMicro: 1_000n });
  const [giver, newcomer] = [await books.member(), await books.member({ availableMicro: 100n })];
  await books.node(giver);
  await books.node(newcomer, { stage: 'probation' });
  await books.serve(submitter, giver, 50n);
  await books.serve(submitter, newcomer, 50n);
  await books.serve(newcomer, giver, 50n);
  await tend();
  expect(await books.allowances.day(dayOf(tomorrow()) - 1)).toMatchObject({ eligible: 0, issuedMicro: 0n });
});

it('A run that was cut off is resumed from the stored plan, though balances have moved since', async () => {
  const owners = await idleGrid();
  const { accountDays, donateEarnings, payAllowance } = books.replica();
  await accountDays.count(tomorrow());
  await donateEarnings.run();
  const before = await availableOf(owners);
  const day = dayOf(tomorrow()) - 1;
  // The run before ended after the plan and the first set: one account's transfer is in the books.
  const plan = owners.map((accountId, place) => ({
    accountId,
    weightMicro: 1n,
    issuedMicro: 70n + BigInt(place),
    donatedMicro: 0n,
  }));
  await books.transaction.run((tx) =>
    books.allowances.insert(tx, { day, capacityMs: 1, busyMs: 0, eligible: 2, issuedMicro: 141n, donatedMicro: 0n }, plan),
  );
  await books.post({
    kind: 'allowance',
    reference: owners[0],
    ordinal: BigInt(day),
    legs: [
      { balance: { code: 'issuance' }, amountMicro: -70n },
      { balance: { code: 'available', owner: owners[0] }, amountMicro: 70n },
    ],
  });
  await books.post(grant(owners[0], 500n * CR), hold(owners[1], 10n));
  await Promise.all([payAllowance.run(tomorrow()), books.replica().payAllowance.run(tomorrow())]);
  expect(await availableOf(owners)).toEqual([before[0]! + 70n + 500n * CR, before[1]! + 71n - 10n]);
  expect((await books.allowances.day(day))?.postedAt).toEqual(expect.any(Date));
});

it('A donated part that commons cannot give waits, and is paid when it can', async () => {
  const owners = await idleGrid({ donatePercent: 100 });
  const replica = books.replica();
  await replica.accountDays.count(tomorrow());
  await replica.donateEarnings.run();
  const { commonsMicro } = await books.ledger.systemBalances();
  const day = dayOf(tomorrow()) - 1;
  // Planned while commons had it, drained before the posting.
  const [one] = owners;
  await books.transaction.run((tx) =>
    books.allowances.insert(tx, { day, capacityMs: 1, busyMs: 0, eligible: 2, issuedMicro: 0n, donatedMicro: 60n }, [
      { accountId: one, weightMicro: 1n, issuedMicro: 0n, donatedMicro: 60n },
    ]),
  );
  const drain = { kind: 'surplus' as const, reference: newId(), ordinal: 0n };
  await books.post({
    ...drain,
    legs: [
      { balance: { code: 'commons' }, amountMicro: -commonsMicro },
      { balance: { code: 'available', owner: owners[1] }, amountMicro: commonsMicro },
    ],
  });
  await replica.payAllowance.run(tomorrow());
  expect((await books.allowances.day(day))?.postedAt).toBeNull();
  await books.post(fund('commons', 60n));
  const [before] = await availableOf([one]);
  await replica.payAllowance.run(tomorrow());
  expect(await availableOf([one])).toEqual([before! + 60n]);
  expect((await books.allowances.day(day))?.postedAt).toEqual(expect.any(Date));
});
