/**
 * The credit line (TRUST.md §6): how far an account may spend below zero. An overdraft, no loan: a limit that is asked at a debit, so
 * that a line which shrinks makes nothing illegal that already stands.
 */
import type { SupplyPolicy } from '#libs/policy/policy.js';
import { shareOf } from './shares.js';

const DAY_MS = 86_400_000;

/** An account of whose work at least one result was checked; no other has a line. */
export interface LineHolder {
  accountId: string;
  checkedAt: Date;
  /** What it earned in the last 30 closed days. */
  earnedMicro: bigint;
  /** The line it has now. */
  lineMicro: bigint;
  /** What it owes now; 0 where it owes nothing. */
  debtMicro: bigint;
}

/** What the account may have by itself: min(200 CR, 0.2 × earned in 30 days), in its first 30 days at least 5 CR. */
export function wantedLine(holder: Pick<LineHolder, 'checkedAt' | 'earnedMicro'>, supply: SupplyPolicy, now: Date): bigint {
  const byEarnings = shareOf(holder.earnedMicro, supply.creditLineEarnedShare);
  const line = byEarnings < supply.creditLineMaxMicro ? byEarnings : supply.creditLineMaxMicro;
  const isNew = now.getTime() < holder.checkedAt.getTime() + supply.creditLineDays * DAY_MS;
  return isNew && line < supply.creditLineMicro ? supply.creditLineMicro : line;
}

/** The most that all lines together may come to: a tenth of what could make good for them. */
export function lineCap(backing: { commonsMicro: bigint; stakesMicro: bigint }, supply: SupplyPolicy): bigint {
  return shareOf(backing.commonsMicro + backing.stakesMicro, supply.creditLineTotalShare);
}

/**
 * The lines of all holders. What shrinks, shrinks; what grows, grows while all together stay within the cap, oldest account first. A
 * holder counts with its line or its debt, whichever is more: what is owed beyond a line is unpaid too.
 */
export function assignLines(
  holders: readonly LineHolder[],
  capMicro: bigint,
  supply: SupplyPolicy,
  now: Date,
): Map<string, bigint> {
  const lines = new Map<string, bigint>();
  const larger = (one: bigint, other: bigint): bigint => (one > other ? one : other);
  let total = 0n;
  for (const holder of holders) {
    const wanted = wantedLine(holder, supply, now);
    const line = wanted < holder.lineMicro ? wanted : holder.lineMicro;
    lines.set(holder.accountId, line);
    total += larger(line, holder.debtMicro);
  }
  const oldestFirst = [...holders].sort(
    (one, other) => one.checkedAt.getTime() - other.checkedAt.getTime() || (one.accountId < other.accountId ? -1 : 1),
  );
  for (const holder of oldestFirst) {
    const line = lines.get(holder.accountId) as bigint;
    const wanted = wantedLine(holder, supply, now);
    const counted = larger(line, holder.debtMicro);
    const room = capMicro - total;
    const highest = room > 0n ? counted + room : line;
    const granted = larger(line, wanted < highest ? wanted : highest);
    lines.set(holder.accountId, granted);
    total += larger(granted, holder.debtMicro) - counted;
  }
  return lines;
}
