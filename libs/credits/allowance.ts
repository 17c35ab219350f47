/**
 * The allowance (TRUST.md §6): new credits for those who serve and submit, so that barter does not run dry where most only give. Made
 * for a closed day, only where the grid was idle enough, and divided by what was earned; donations are paid out with it.
 */
import type { SupplyPolicy } from '#libs/policy/policy.js';
import { divideByWeight, shareOf } from './shares.js';

/** An account that owns a participant node and has spent lately. */
export interface Eligible {
  accountId: string;
  availableMicro: bigint;
  /** What it earned lately, by the submitter who asked for the work. */
  earnedMicroBySubmitter: ReadonlyMap<string, bigint>;
}

export interface Allowance {
  accountId: string;
  weightMicro: bigint;
  /** New credits. */
  issuedMicro: bigint;
  /** Donated ones, out of commons. */
  donatedMicro: bigint;
}

/** What part of the capacity nobody used; 0 where there was none. */
export function idleShare(day: { capacityMs: number; busyMs: number }): number {
  if (day.capacityMs <= 0) return 0;
  return Math.max(0, 1 - day.busyMs / day.capacityMs);
}

/** max(0, m·|A| − Σ available) / 30: what is missing on average, a part a day. */
export function allowancePot(eligible: readonly Pick<Eligible, 'availableMicro'>[], supply: SupplyPolicy): bigint {
  const wanted = supply.allowanceTargetMicro * BigInt(eligible.length);
  const missing = wanted - eligible.reduce((sum, { availableMicro }) => sum + availableMicro, 0n);
  return missing > 0n ? missing / BigInt(supply.allowanceSpreadDays) : 0n;
}

/** Earnings as the split counts them: one submitter makes at most a tenth of them, or friends would print credits for each other. */
export function countedEarnings(bySubmitter: ReadonlyMap<string, bigint>, supply: SupplyPolicy): bigint {
  const amounts = [...bySubmitter.values()].filter((amount) => amount > 0n);
  const most = shareOf(
    amounts.reduce((sum, amount) => sum + amount, 0n),
    supply.allowanceSubmitterShare,
  );
  return amounts.reduce((sum, amount) => sum + (amount < most ? amount : most), 0n);
}

/** Σ issued is `issuedMicro` and Σ donated is `donatedMicro` exactly; both are 0 where nobody has earned anything that counts. */
export function splitAllowance(
  pot: { issuedMicro: bigint; donatedMicro: bigint },
  eligible: readonly Eligible[],
  supply: SupplyPolicy,
): Allowance[] {
  const weights = eligible.map(({ earnedMicroBySubmitter }) => countedEarnings(earnedMicroBySubmitter, supply));
  const total = pot.issuedMicro + pot.donatedMicro;
  const parts = divideByWeight(total, weights);
  let paid = 0n;
  return eligible.map(({ accountId }, place) => {
    const part = parts[place] as bigint;
    // The donated share of all that was given so far, less what the accounts before have had of it.
    const before = total === 0n ? 0n : (paid * pot.donatedMicro) / total;
    paid += part;
    const donatedMicro = total === 0n ? 0n : (paid * pot.donatedMicro) / total - before;
    return { accountId, weightMicro: weights[place] as bigint, issuedMicro: part - donatedMicro, donatedMicro };
  });
}

/** What an account gives of a day's earnings; it gives only what it has. */
export function donationOf(day: { earnedMicro: bigint; donatePercent: number; availableMicro: bigint }): bigint {
  const wanted = (day.earnedMicro * BigInt(day.donatePercent)) / 100n;
  const has = day.availableMicro > 0n ? day.availableMicro : 0n;
  return wanted < has ? wanted : has;
}
