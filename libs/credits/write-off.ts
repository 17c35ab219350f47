/** Debt that nobody will pay (TRUST.md §6): after 90 days without a movement insurance pays it, as far as it can. */
import type { SupplyPolicy } from '#libs/policy/policy.js';

const DAY_MS = 86_400_000;

export interface Debtor {
  accountId: string;
  /** Below zero. */
  availableMicro: bigint;
  /** Reserved for open jobs: whoever waits for an answer is not gone. */
  heldMicro: bigint;
  /** The last movement that was not a write-off itself: one in two parts is no sign of life. */
  lastMovedAt: Date;
}

export function isWrittenOff(debtor: Debtor, supply: SupplyPolicy, now: Date): boolean {
  const idleMs = now.getTime() - debtor.lastMovedAt.getTime();
  return debtor.availableMicro < 0n && debtor.heldMicro === 0n && idleMs >= supply.writeOffIdleDays * DAY_MS;
}

/** What insurance pays for each, in the order given, until it has nothing left. Accounts that get nothing are left out. */
export function writeOffs(
  debtors: readonly Debtor[],
  insuranceMicro: bigint,
  supply: SupplyPolicy,
  now: Date,
): { accountId: string; amountMicro: bigint }[] {
  let left = insuranceMicro;
  const paid: { accountId: string; amountMicro: bigint }[] = [];
  for (const debtor of debtors) {
    if (left <= 0n) break;
    if (!isWrittenOff(debtor, supply, now)) continue;
    const debt = -debtor.availableMicro;
    const amountMicro = debt < left ? debt : left;
    left -= amountMicro;
    paid.push({ accountId: debtor.accountId, amountMicro });
  }
  return paid;
}
