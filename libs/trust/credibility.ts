/**
 * Credibility: the probability that a node's result is right, from how often it was found right before (Sarmenta 2002; Watanabe
 * & Fukushi 2010), under independent faults. Votes are weighed as log-odds in integers of 10⁻⁶ nats, so that every process and
 * every auditor decides alike.
 */
import type { CredibilityPolicy } from '#libs/policy/policy.js';

export interface VoteRecord {
  /** Results that a referee's run or an audit confirmed. */
  kAudit: number;
  /** Results that agreed with a participant of another owner; may be fractional. */
  kVote: number;
}

/** k = k_audit + min(k_vote, 4 × k_audit): agreement alone buys nothing. */
export function effectiveCount(record: VoteRecord, policy: CredibilityPolicy): number {
  return record.kAudit + Math.min(record.kVote, policy.voteToAuditRatio * record.kAudit);
}

/** Cr = max(1 − f, 1 − f/k), capped: keys are free, so a caught liar comes back. */
export function credibility(k: number, policy: CredibilityPolicy): number {
  const f = policy.assumedBadShare;
  const earned = k > 0 ? 1 - f / k : 1 - f;
  return Math.min(policy.nodeCap, Math.max(1 - f, earned));
}

/** ln(Cr / (1 − Cr)) in whole millionths of a nat. */
export function logOddsMicro(cr: number): number {
  return Math.round(Math.log(cr / (1 - cr)) * 1e6);
}

export function refereeLogOddsMicro(policy: CredibilityPolicy): number {
  return logOddsMicro(policy.referee);
}

/** C(a) = e^{L_a} / (1 + Σ e^{L_i}); `groups` are the log-odds of all groups, among them the a-th. */
export function groupCredibility(groups: readonly number[], a: number): number {
  const own = groups[a];
  if (own === undefined) return 0;
  // Divided by e^{L_a}, so that nothing overflows.
  const others = groups.reduce(
    (sum, log, place) => (place === a ? sum : sum + Math.exp((log - own) / 1e6)),
    Math.exp(-own / 1e6),
  );
  return 1 / (1 + others);
}
