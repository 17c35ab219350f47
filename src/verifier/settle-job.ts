/**
 * The transfer that settles an accepted job (TRUST.md §2, §6; LEDGER.md): the hold's part goes out; each agreeing execution earns
 * unit − fee; the rest of the part goes back to the submitter; commons closes the sum with either sign.
 * Pay of a checked result (two owners agreed, or the referee did) goes to available, but for the share that fills the stake; pay
 * of an unchecked one is stake as a whole. Pure: the purse is counted down, nothing is read or written.
 */
import { feeOf } from '#libs/credits/price.js';
import { splitPay, stakeShare } from '#libs/credits/split-pay.js';
import type { Policy } from '#libs/policy/policy.js';
import type { Leg, TransferRequest } from '../ledger/ledger.js';
import type { Purse } from './purse.js';
import type { PlannedTransfer } from './settlement-plan.js';

export interface Settlement {
  jobId: string;
  payerId: string;
  holdId: string;
  holdPart: bigint;
  unitMicro: bigint;
  chargeMicro: bigint;
  /** Owners of the agreeing node executions; the referee is not paid. */
  paidOwners: string[];
  checked: boolean;
  fullStakeMicro: bigint;
  evidenceHash: Uint8Array;
}

export function settleTransfer(settlement: Settlement, purse: Purse, policy: Policy): TransferRequest {
  const { payerId, holdPart, chargeMicro, unitMicro, paidOwners } = settlement;
  const legs: Leg[] = [{ balance: { code: 'held', owner: payerId }, amountMicro: -holdPart }];
  if (holdPart > chargeMicro) {
    legs.push({ balance: { code: 'available', owner: payerId }, amountMicro: holdPart - chargeMicro });
  }
  const split = splitPay(
    { unit: unitMicro, charge: chargeMicro, executions: paidOwners.length, commonsMicro: purse.commonsMicro },
    policy.price,
  );
  if (split.shortfall) purse.short = true;
  for (const owner of paidOwners) legs.push(...payLegs(owner, split.payEach, settlement, purse, policy));
  if (split.commons !== 0n) legs.push({ balance: { code: 'commons' }, amountMicro: split.commons });
  purse.moveCommons(split.commons);
  return {
    kind: 'settle',
    reference: settlement.jobId,
    ordinal: 0n,
    hold: { id: settlement.holdId, close: holdPart },
    legs: legs.filter((leg) => leg.amountMicro !== 0n),
    evidenceHash: settlement.evidenceHash,
  };
}

/** One execution's pay, to available and stake. */
export function payLegs(
  owner: string,
  pay: bigint,
  terms: { checked: boolean; fullStakeMicro: bigint },
  purse: Purse,
  policy: Policy,
): Leg[] {
  const share = stakeShare(
    { pay, checked: terms.checked, stakeMicro: purse.stakeOf(owner), fullStakeMicro: terms.fullStakeMicro },
    policy.stake,
  );
  purse.moveStake(owner, share.stake);
  const legs: Leg[] = [];
  if (share.available > 0n) legs.push({ balance: { code: 'available', owner }, amountMicro: share.available });
  if (share.stake > 0n) legs.push({ balance: { code: 'stake', owner }, amountMicro: share.stake });
  return legs;
}

export function planSettle(settlement: Settlement, purse: Purse, policy: Policy): PlannedTransfer {
  return {
    request: settleTransfer(settlement, purse, policy),
    again: (exact) => settleTransfer(settlement, exact, policy),
  };
}

export interface Surplus {
  jobId: string;
  n: number;
  owner: string;
  payMicro: bigint;
  checked: boolean;
  fullStakeMicro: bigint;
}

export function planSurplus(surplus: Surplus, purse: Purse, policy: Policy): PlannedTransfer[] {
  const request = surplusTransfer(surplus, purse, policy);
  return request ? [{ request, again: (exact) => surplusTransfer(surplus, exact, policy) }] : [];
}

/** A right result that came after the verdict, or a node's trouble with an inconclusive job, is paid from commons while it can. */
export function surplusTransfer(surplus: Surplus, purse: Purse, policy: Policy): TransferRequest | undefined {
  if (purse.short || purse.commonsMicro < surplus.payMicro || surplus.payMicro <= 0n) return undefined;
  purse.moveCommons(-surplus.payMicro);
  return {
    kind: 'surplus',
    reference: surplus.jobId,
    ordinal: BigInt(surplus.n),
    legs: [
      { balance: { code: 'commons' }, amountMicro: -surplus.payMicro },
      ...payLegs(surplus.owner, surplus.payMicro, surplus, purse, policy),
    ],
  };
}

/** What an execution of this unit earns. */
export const payOf = (unitMicro: bigint, policy: Policy): bigint => unitMicro - feeOf(unitMicro, policy.price);
