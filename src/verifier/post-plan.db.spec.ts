/** What was planned with balances that have changed since: settlements stand, everything else gives way. */
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { productionPolicy } from '#libs/policy/policy.js';
import { newId } from '#libs/signing/ids.js';
import { earnStake, fund, hold, openBooks, stake, system, type TestBooks, transfer } from '../../test/support/ledger.js';
import { PostingRefused, PostPlan } from './post-plan.js';
import { Purse } from './purse.js';
import { planSettle, planSurplus, type Settlement } from './settle-job.js';
import { emptyPlan, type SettlementPlan } from './settlement-plan.js';
import { claimsOf, slashTransfer } from './slash.js';

Logger.overrideLogger(false);
let books: TestBooks;

beforeEach(async () => {
  books = await openBooks();
});
afterEach(async () => {
  expect(await books.brokenLaws()).toEqual({});
  await books.close();
});

const write = (plan: SettlementPlan): Promise<void> => books.transaction.run((tx) => new PostPlan(books.ledger).run(tx, plan));
/** As if commons had been read before others drained it. */
const rich = (): Purse => new Purse({ commonsMicro: 1_000_000_000n, insuranceMicro: 0n, stakes: new Map() });

/** A job of unit 12,000 at R 1.30, with two agreeing owners: commons is to give 8,160. */
async function settlement(): Promise<Settlement> {
  const payerId = await books.account(40_000n);
  const request = hold(payerId, 40_000n);
  await books.post(request);
  return {
    jobId: newId(),
    payerId,
    holdId: request.reference,
    holdPart: 40_000n,
    unitMicro: 12_000n,
    chargeMicro: 15_600n,
    paidOwners: [await books.account(), await books.account()],
    checked: true,
    fullStakeMicro: 0n,
    evidenceHash: new Uint8Array(32),
  };
}

const paidOf = async ({ paidOwners }: Settlement): Promise<bigint[]> =>
  Promise.all(paidOwners.map(async (owner) => (await books.balances(owner)).availableMicro));

it('A settle whose shortfall commons cannot give any more pays floor((charged − fee) / executions), in the same transaction', async () => {
  const [full, short] = [await settlement(), await settlement()];
  await books.post(fund('commons', 8_160n));
  const plan = emptyPlan();
  const purse = rich();
  for (const one of [full, short]) plan.transfers.push(planSettle(one, purse, productionPolicy));
  await write(plan);
  expect(await paidOf(full)).toEqual([11_880n, 11_880n]);
  expect(await paidOf(short)).toEqual([7_740n, 7_740n]);
  expect((await books.ledger.systemBalances()).commonsMicro).toBe(120n);
});

it('Surplus is left out where commons is short, and sinks nobody’s settle', async () => {
  const one = await settlement();
  const late = await books.account();
  const purse = rich();
  const plan = emptyPlan();
  plan.transfers.push(planSettle(one, purse, productionPolicy));
  plan.transfers.push(
    ...planSurplus(
      { jobId: newId(), n: 3, owner: late, payMicro: 100n, checked: true, fullStakeMicro: 0n },
      purse,
      productionPolicy,
    ),
  );
  expect(plan.transfers).toHaveLength(2);
  await write(plan);
  expect(await paidOf(one)).toEqual([7_740n, 7_740n]);
  expect((await books.balances(late)).availableMicro).toBe(0n);
});

it('A seizure takes what is left when stake has gone since; insurance makes up the rest of the charge, once and no more than that', async () => {
  const [liar, submitter] = [await books.account(), await books.account()];
  await books.post(fund('commons', 1_000n), fund('insurance', 10_000n), earnStake(liar, 1_000n));
  const jobId = newId();
  const claims = claimsOf({ chargedMicro: 800n, unitMicro: 100n, rightOwners: [] });
  const proof = { jobId, n: 1, wrongOwner: liar, submitterId: submitter, claims, evidence: { said: 'a lie' } };
  let seizure = slashTransfer(proof, new Purse({ commonsMicro: 0n, insuranceMicro: 0n, stakes: new Map([[liar, 1_000n]]) }))!;
  const plan = emptyPlan();
  plan.transfers.push({
    request: seizure.request,
    again: (exact) => {
      seizure.undo();
      seizure = slashTransfer(proof, exact)!;
      return seizure?.request;
    },
  });
  plan.compensations.push((purse) =>
    transfer(
      'compensate',
      [
        system('insurance', -claims.submitterMicro),
        { balance: { code: 'available', owner: submitter }, amountMicro: claims.submitterMicro },
      ],
      { reference: purse.insuranceMicro > 0n ? jobId : newId() },
    ),
  );
  const one = await settlement();
  plan.transfers.push(planSettle(one, rich(), productionPolicy));
  // Another proof was quicker.
  await books.post(transfer('slash', [stake(liar, -700n), system('insurance', 700n)]));
  await write(plan);
  expect((await books.balances(liar)).stakeMicro).toBe(0n);
  expect((await books.balances(submitter)).availableMicro).toBe(800n);
  expect((await books.ledger.systemBalances()).insuranceMicro).toBe(10_000n + 700n - 500n);
  expect(await paidOf(one)).toEqual([7_740n, 7_740n]);
});

it('A settle that is refused for another reason is an alarm: nothing of the set is posted', async () => {
  const [one, other] = [await settlement(), await settlement()];
  const plan = emptyPlan();
  plan.transfers.push(planSettle(one, rich(), productionPolicy));
  plan.transfers.push(planSettle({ ...other, holdId: newId() }, rich(), productionPolicy));
  await expect(write(plan)).rejects.toThrow(PostingRefused);
  expect(await paidOf(one)).toEqual([0n, 0n]);
});
