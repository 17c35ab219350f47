/** Jobs that end without an agreed result: nothing conclusive, or no host could run them. Pure: fills the plan. */
import type { Policy } from '#libs/policy/policy.js';
import type { VersionFacts } from '../functions/versions.js';
import { releaseTransfer } from '../jobs/release-transfer.js';
import type { JobRows } from './job-situation.js';
import { votesOf } from './job-situation.js';
import type { Purse } from './purse.js';
import { evidenceOf } from './receipt-fields.js';
import { planSurplus } from './settle-job.js';
import type { SettlementPlan } from './settlement-plan.js';

interface FailureContext {
  origin: string;
  version: VersionFacts;
  policy: Policy;
  medianUnitMicro: bigint;
}

/** The referee is away and the votes do not reach the assurance: charged 0; each node that reported gets the base unit. */
export function planInconclusive(rows: JobRows, context: FailureContext, purse: Purse, plan: SettlementPlan): void {
  const { job, results } = rows;
  pushFailure(rows, 'inconclusive', 0n, plan);
  if (job.holdId === null) return;
  const { jobId, accountId: payerId, holdId, holdPart } = job;
  plan.transfers.push({ request: releaseTransfer({ jobId, payerId, holdId, holdPart }) });
  for (const result of results.filter(({ nodeId, ended }) => nodeId !== null && ended <= 8)) {
    const surplus = planSurplus(
      {
        jobId: job.jobId,
        n: result.n,
        owner: result.ownerId,
        payMicro: context.policy.verdict.baseUnitMicro,
        checked: false,
        fullStakeMicro: BigInt(context.policy.stake.prices) * context.medianUnitMicro,
      },
      purse,
      context.policy,
    );
    plan.transfers.push(...surplus);
  }
}

/** Not even the referee's host could run it: the attempts cost the base unit each, to commons, at most the job's part. */
export function planHostLimit(rows: JobRows, context: FailureContext, purse: Purse, plan: SettlementPlan): void {
  const { job, results } = rows;
  const attempts = BigInt(results.length);
  const due = context.policy.verdict.baseUnitMicro * attempts;
  const charged = job.holdId === null ? 0n : due < job.holdPart ? due : job.holdPart;
  pushFailure(rows, 'host_limit', charged, plan);
  if (job.holdId === null) return;
  purse.moveCommons(charged);
  const legs = [
    { balance: { code: 'held' as const, owner: job.accountId }, amountMicro: -job.holdPart },
    { balance: { code: 'available' as const, owner: job.accountId }, amountMicro: job.holdPart - charged },
    { balance: { code: 'commons' as const }, amountMicro: charged },
  ].filter((leg) => leg.amountMicro !== 0n);
  // It was charged, so it has a receipt; nobody has anything to attest to.
  const evidenceHash = evidenceOf({
    ...{ origin: context.origin, jobId: job.jobId, version: context.version, inputDigest: job.inputDigest },
    ...{ outcome: 'host_limit', outputDigest: null, fuel: null },
    ...{ chargedMicro: charged, assurance: job.assurance, credibilityPpm: null, referee: false },
  });
  const hold = { id: job.holdId, close: job.holdPart };
  plan.transfers.push({ request: { kind: 'settle', reference: job.jobId, ordinal: 0n, hold, legs, evidenceHash } });
}

function pushFailure({ job, results }: JobRows, errorKind: string, chargedMicro: bigint, plan: SettlementPlan): void {
  plan.outcomes.push({
    jobId: job.jobId,
    accountId: job.accountId,
    status: 'failed',
    outcome: null,
    executions: votesOf(results).filter((vote) => !vote.referee).length,
    referee: false,
    selfExecuted: job.ownNodesOnly,
    credibilityPpm: null,
    fuel: null,
    unitMicro: null,
    chargedMicro,
    startedAt: results[0]?.leasedAt ?? null,
    runEndedAt: results.at(-1)?.endedAt ?? null,
    outputDigest: null,
    errorKind,
  });
}
