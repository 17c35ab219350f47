/**
 * How a charge is divided (TRUST.md §2, §6). Each agreeing execution earns unit − fee; the difference to the charge, either way,
 * meets commons. Where commons cannot give a shortfall, the executions share what was charged less the fee. Σ = 0 always.
 */
import type { PricePolicy, StakePolicy } from '#libs/policy/policy.js';
import { feeOf } from './price.js';

export interface PaySplit {
  payEach: bigint;
  /** What commons gets; negative: gives. charge = payEach × executions + commons. */
  commons: bigint;
  /** Commons could not give, so the pay is less than unit − fee. */
  shortfall: boolean;
}

export function splitPay(
  settled: { unit: bigint; charge: bigint; executions: number; commonsMicro: bigint },
  price: PricePolicy,
): PaySplit {
  const { unit, charge, commonsMicro } = settled;
  const executions = BigInt(settled.executions);
  if (executions === 0n) return { payEach: 0n, commons: charge, shortfall: false };
  const fee = feeOf(unit, price);
  const full = unit - fee;
  const commons = charge - full * executions;
  if (commons >= 0n || commonsMicro + commons >= 0n) return { payEach: full, commons, shortfall: false };
  const left = charge > fee ? charge - fee : 0n;
  const payEach = left / executions;
  return { payEach, commons: charge - payEach * executions, shortfall: true };
}

/** Where one execution's pay goes: unchecked, all to stake; checked, half to stake until it is full. The odd µCR goes to stake. */
export function stakeShare(
  earned: { pay: bigint; checked: boolean; stakeMicro: bigint; fullStakeMicro: bigint },
  stake: StakePolicy,
): { available: bigint; stake: bigint } {
  const { pay, checked, stakeMicro, fullStakeMicro } = earned;
  if (!checked) return { available: 0n, stake: pay };
  if (stakeMicro >= fullStakeMicro) return { available: pay, stake: 0n };
  const available = (pay * BigInt(100 - stake.shareHundredths)) / 100n;
  return { available, stake: pay - available };
}
