/** Whether a node may work alone on a job (TRUST.md §2): it is credible enough, and its account's stake covers what a lie could gain. */
import type { StakePolicy } from '#libs/policy/policy.js';

export function mayWorkAlone(
  work: { credibility: number; threshold: number; stakeMicro: bigint; leasedAloneMicro: bigint; priceMicro: bigint },
  stake: StakePolicy,
): boolean {
  if (work.credibility < work.threshold) return false;
  if (work.stakeMicro < BigInt(stake.prices) * work.priceMicro) return false;
  return work.leasedAloneMicro + work.priceMicro <= work.stakeMicro;
}
