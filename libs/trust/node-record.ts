/**
 * One node's standing and how events move it (TRUST.md §1, §3, §4). Pure: record and event in, record out.
 * Lapses never touch k; only a proof (or, without a referee, being out-voted) does.
 */
import type { Policy } from '#libs/policy/policy.js';
import { betaQuantile } from './beta-quantile.js';
import { credibility, effectiveCount } from './credibility.js';

export type Stage = 'probation' | 'participant' | 'suspended' | 'retired';

export interface NodeRecord {
  nodeId: string;
  ownerId: string;
  stage: Stage;
  kAudit: number;
  kVote: number;
  alpha: number;
  beta: number;
  /** Leases it may have out at a time. */
  quota: number;
  /** Declared executor threads. */
  threads: number;
  goodwillMinutes: number;
  cooldownUntil: Date | null;
  cooldownLevel: number;
  /** When the level last changed: one level goes per clean day. */
  cooldownAt: Date | null;
  /** Within the last hour. */
  recentLapses: Date[];
  provenWrongAt: Date | null;
  /** Median lease-to-report time; 0 while unknown. */
  latencyMs: number;
}

export type NodeEvent =
  | { type: 'success' }
  | { type: 'lapse' }
  | { type: 'host_failure' }
  | { type: 'proven_wrong' }
  | { type: 'outvoted' }
  | { type: 'confirmed' }
  | { type: 'agreed'; weight: number }
  | { type: 'graceful_exit' }
  | { type: 'minutes_online'; minutes: number };

export interface EventContext {
  policy: Policy;
  now: Date;
}

const DAY_MS = 86_400_000;
const SECOND_PROOF_MS = 30 * DAY_MS;

export function newNodeRecord(node: { nodeId: string; ownerId: string }, policy: Policy): NodeRecord {
  return {
    ...node,
    stage: 'probation',
    kAudit: 0,
    kVote: 0,
    alpha: 1,
    beta: 1,
    quota: policy.reputation.quotaStart,
    threads: 1,
    goodwillMinutes: 0,
    cooldownUntil: null,
    cooldownLevel: 0,
    cooldownAt: null,
    recentLapses: [],
    provenWrongAt: null,
    latencyMs: 0,
  };
}

export function applyEvent(record: NodeRecord, event: NodeEvent, context: EventContext): NodeRecord {
  const { policy } = context;
  switch (event.type) {
    case 'success':
      return promoted({ ...weighed(record, 1, 0, policy), quota: Math.min(record.quota + 1, quotaMax(record, policy)) }, policy);
    case 'lapse':
      return lapsed(record, context);
    case 'host_failure':
      return weighed(record, 0, policy.reputation.hostFailureWeight, policy);
    case 'proven_wrong':
      return proven(record, context);
    case 'outvoted':
      return withCount(record, Math.floor((2 * effectiveCount(record, policy.credibility)) / 3), policy);
    case 'confirmed':
      return promoted({ ...record, kAudit: record.kAudit + 1 }, policy);
    case 'agreed':
      return promoted({ ...record, kVote: record.kVote + event.weight }, policy);
    case 'graceful_exit':
      return promoted({ ...record, goodwillMinutes: record.goodwillMinutes + policy.goodwill.gracefulExitMinutes }, policy);
    case 'minutes_online':
      return promoted({ ...record, goodwillMinutes: record.goodwillMinutes + event.minutes }, policy);
  }
}

/** The 5 % quantile of Beta(α, β): a node with few events is not called reliable yet. */
export function reliability(record: Pick<NodeRecord, 'alpha' | 'beta'>, policy: Policy): number {
  return betaQuantile(policy.reputation.quantile, record.alpha, record.beta);
}

export function nodeCredibility(record: Pick<NodeRecord, 'kAudit' | 'kVote'>, policy: Policy): number {
  return credibility(effectiveCount(record, policy.credibility), policy.credibility);
}

/** R = Cr² · Rel² · Avail / (1 + p50 latency / 200 ms). */
export function rank(
  node: { credibility: number; reliability: number; availability: number; latencyMs: number },
  policy: Policy,
): number {
  return (
    (node.credibility ** 2 * node.reliability ** 2 * node.availability) / (1 + node.latencyMs / policy.reputation.latencyScaleMs)
  );
}

export function quotaMax(record: Pick<NodeRecord, 'stage' | 'threads'>, policy: Policy): number {
  const { quotaProbationMax, quotaPerThread, maxThreads } = policy.reputation;
  return record.stage === 'participant' ? quotaPerThread * Math.min(Math.max(record.threads, 1), maxThreads) : quotaProbationMax;
}

function weighed(record: NodeRecord, success: number, failure: number, policy: Policy): NodeRecord {
  const { decay } = policy.reputation;
  return {
    ...record,
    alpha: 1 + decay * (record.alpha - 1) + success,
    beta: 1 + decay * (record.beta - 1) + failure,
  };
}

function lapsed(record: NodeRecord, { policy, now }: EventContext): NodeRecord {
  const { lapseWeight, lapseWindowMs, lapsesPerCooldown, cooldownStartMs, cooldownMaxMs } = policy.reputation;
  const since = now.getTime() - lapseWindowMs;
  const recentLapses = [...record.recentLapses.filter((at) => at.getTime() > since), now];
  const next: NodeRecord = {
    ...weighed(record, 0, lapseWeight, policy),
    quota: Math.max(1, Math.floor(record.quota / 2)),
    goodwillMinutes: Math.max(0, record.goodwillMinutes - policy.goodwill.lapseMinutes),
    recentLapses,
  };
  if (recentLapses.length < lapsesPerCooldown) return next;
  const cleanDays = record.cooldownAt ? Math.floor((now.getTime() - record.cooldownAt.getTime()) / DAY_MS) : 0;
  const level = Math.max(0, record.cooldownLevel - cleanDays) + 1;
  const lastsMs = Math.min(cooldownMaxMs, cooldownStartMs * 2 ** (level - 1));
  return { ...next, cooldownLevel: level, cooldownAt: now, cooldownUntil: new Date(now.getTime() + lastsMs), recentLapses: [] };
}

function proven(record: NodeRecord, { policy, now }: EventContext): NodeRecord {
  const again = record.provenWrongAt !== null && now.getTime() - record.provenWrongAt.getTime() <= SECOND_PROOF_MS;
  return {
    ...weighed(record, 0, policy.reputation.wrongResultWeight, policy),
    kAudit: 0,
    kVote: 0,
    quota: 1,
    goodwillMinutes: 0,
    stage: record.stage === 'retired' ? 'retired' : again ? 'suspended' : 'probation',
    provenWrongAt: now,
  };
}

/** Brings k down to a whole number, taking from the votes first. */
function withCount(record: NodeRecord, count: number, policy: Policy): NodeRecord {
  const kAudit = Math.min(record.kAudit, count);
  const kVote = Math.min(record.kVote, policy.credibility.voteToAuditRatio * kAudit, count - kAudit);
  return { ...record, kAudit, kVote: Math.max(0, kVote) };
}

/** Probation ends with the goodwill and the count that the policy asks for. */
function promoted(record: NodeRecord, policy: Policy): NodeRecord {
  if (record.stage !== 'probation') return record;
  const { probationMinutes, probationCredibilityCount } = policy.goodwill;
  const ready =
    record.goodwillMinutes >= probationMinutes && effectiveCount(record, policy.credibility) >= probationCredibilityCount;
  return ready ? { ...record, stage: 'participant' } : record;
}
