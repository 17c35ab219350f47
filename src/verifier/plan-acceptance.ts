/**
 * Everything that follows from an accepted group: the outcome, the settlement, what each node's record learns, and, where the
 * referee has proven a result wrong, the seizure. Pure: fills the plan, counts the purse down.
 */
import { chargeOf, unitPrice } from '#libs/credits/price.js';
import type { Policy } from '#libs/policy/policy.js';
import type { Decision, Vote } from '#libs/trust/verdict.js';
import type { VersionFacts } from '../functions/versions.js';
import { outcomeCode, outcomeName } from '../jobs/result-codes.js';
import { type JobResult, REFEREE_OWNER } from '../jobs/results.js';
import type { JobRows } from './job-situation.js';
import { votesOf } from './job-situation.js';
import { planSlash } from './plan-slash.js';
import type { Purse } from './purse.js';
import { evidenceOf } from './receipt-fields.js';
import { planSettle } from './settle-job.js';
import type { SettlementPlan } from './settlement-plan.js';
import { claimsOf } from './slash.js';

export type Accepted = Extract<Decision, { state: 'accepted' }>;

export interface AcceptanceContext {
  origin: string;
  policy: Policy;
  version: VersionFacts;
  medianUnitMicro: bigint;
  /** Out-voted nodes ask for the referee's look; without one they only lose standing. */
  refereeEnabled: boolean;
  now: Date;
}

export function planAcceptance(
  rows: JobRows,
  accepted: Accepted,
  context: AcceptanceContext,
  purse: Purse,
  plan: SettlementPlan,
): void {
  const { job, results } = rows;
  const owners = new Set(accepted.group.map((vote) => vote.owner));
  const group = results.filter((result) => owners.has(result.ownerId) && sameAs(result, accepted.group[0] as Vote));
  const winner = group[0] as JobResult;
  const outcome = outcomeName(winner.ended);
  const unit = unitPrice(
    { fuel: winner.fuel ?? 0n, inputBytes: job.inputBytes, outputBytes: winner.outputBytes ?? 0 },
    context.policy.price,
  );
  const wanted = chargeOf(unit, job.rateHundredths);
  const charged = job.holdId === null ? 0n : wanted < job.holdPart ? wanted : job.holdPart;
  const referee = owners.has(REFEREE_OWNER);
  const paid = group.filter((result) => result.nodeId !== null);
  const votes = votesOf(results);
  const credibilityPpm = Math.floor(accepted.credibility * 1e6);
  plan.outcomes.push({
    jobId: job.jobId,
    accountId: job.accountId,
    status: outcome === 'ok' ? 'succeeded' : 'failed',
    outcome: outcomeCode(outcome),
    executions: votes.filter((vote) => !vote.referee).length,
    referee,
    selfExecuted: job.ownNodesOnly,
    credibilityPpm: job.ownNodesOnly ? null : credibilityPpm,
    fuel: winner.fuel,
    unitMicro: unit,
    chargedMicro: charged,
    startedAt: earliest(results),
    runEndedAt: results[0]?.endedAt ?? null,
    outputDigest: winner.outputDigest,
    errorKind: outcome === 'ok' ? null : outcome,
  });
  plan.samples.push({
    versionId: job.versionId,
    fuel: winner.fuel ?? 0n,
    outputBytes: winner.outputBytes ?? 0,
    turnaroundMs: winner.endedAt.getTime() - winner.leasedAt.getTime(),
  });
  if (job.ownNodesOnly) {
    for (const result of paid)
      plan.nodeEvents.push({ type: 'success', nodeId: result.nodeId as string, at: context.now, jobId: job.jobId });
    return;
  }
  plan.verdicts.push({
    jobId: job.jobId,
    logOddsMicro: accepted.credibilityMicro,
    votes: votes.length,
    groups: new Set(votes.map(groupName)).size,
    referee,
    alone: votes.length === 1,
  });
  if (job.holdId !== null) {
    plan.transfers.push(
      planSettle(
        {
          jobId: job.jobId,
          payerId: job.accountId,
          holdId: job.holdId,
          holdPart: job.holdPart,
          unitMicro: unit,
          chargeMicro: charged,
          paidOwners: paid.map((result) => result.ownerId),
          checked: owners.size >= 2,
          fullStakeMicro: BigInt(context.policy.stake.prices) * context.medianUnitMicro,
          evidenceHash: evidenceOf({
            ...{ origin: context.origin, jobId: job.jobId, version: context.version, inputDigest: job.inputDigest },
            ...{ outcome, outputDigest: winner.outputDigest, fuel: winner.fuel },
            ...{ chargedMicro: charged, assurance: job.assurance, credibilityPpm, referee },
          }),
        },
        purse,
        context.policy,
      ),
    );
  }
  if (owners.size >= 2) plan.checkedOwners.push(...paid.map((result) => result.ownerId));
  planStanding(rows, { group, paid, referee, unit, charged }, context, purse, plan);
}

interface Reached {
  group: JobResult[];
  paid: JobResult[];
  referee: boolean;
  unit: bigint;
  charged: bigint;
}

/** What the nodes' records learn: success, confirmation, agreement; and what the others lose. */
function planStanding(rows: JobRows, reached: Reached, context: AcceptanceContext, purse: Purse, plan: SettlementPlan): void {
  const { job, results } = rows;
  const at = context.now;
  const weight = Math.min(1, Number(reached.unit) / Number(context.medianUnitMicro));
  for (const result of reached.paid) {
    const nodeId = result.nodeId as string;
    plan.nodeEvents.push({ type: 'success', nodeId, at, jobId: job.jobId });
    if (reached.referee) plan.nodeEvents.push({ type: 'confirmed', nodeId, at, jobId: job.jobId });
    const agreedWith = reached.paid.some((other) => other.ownerId !== result.ownerId && !other.newcomer);
    if (agreedWith) plan.nodeEvents.push({ type: 'agreed', weight, nodeId, at, jobId: job.jobId, submitterId: job.accountId });
  }
  const wrong = results.filter((result) => result.nodeId !== null && result.ended <= 8 && !reached.group.includes(result));
  const claims = claimsOf({
    chargedMicro: reached.charged,
    unitMicro: reached.unit,
    rightOwners: reached.paid.map(({ ownerId }) => ownerId),
  });
  for (const result of wrong) {
    if (reached.referee)
      planSlash(
        { jobId: job.jobId, submitterId: job.accountId, wrong: result, truth: reached.group[0] as JobResult, claims, at },
        purse,
        plan,
      );
    else if (!context.refereeEnabled)
      plan.nodeEvents.push({ type: 'outvoted', nodeId: result.nodeId as string, at, jobId: job.jobId });
  }
  if (wrong.length > 0 && !reached.referee && context.refereeEnabled) plan.asks.push({ jobId: job.jobId, purpose: 'dispute' });
}

export function sameAs(result: JobResult, vote: Vote): boolean {
  return (
    result.ended === outcomeCode(vote.outcome as Parameters<typeof outcomeCode>[0]) &&
    result.outputDigest?.toString('hex') === vote.outputDigest &&
    result.fuel === vote.fuel
  );
}

const groupName = (vote: Vote): string => `${vote.outcome} ${vote.outputDigest} ${vote.fuel}`;

function earliest(results: JobResult[]): Date | null {
  return results.reduce<Date | null>(
    (first, result) => (first === null || result.leasedAt < first ? result.leasedAt : first),
    null,
  );
}
