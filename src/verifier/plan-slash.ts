/** The referee's re-execution differs from what a node signed: the one proof there is, and what follows from it. Pure: fills the plan. */
import { formatDigest } from '#libs/signing/digest.js';
import { encodeId } from '#libs/signing/ids.js';
import { outcomeName } from '../jobs/result-codes.js';
import type { JobResult } from '../jobs/results.js';
import type { Purse } from './purse.js';
import type { SettlementPlan } from './settlement-plan.js';
import { type Claims, slashTransfer } from './slash.js';

export interface ProvenWrong {
  jobId: string;
  submitterId: string;
  wrong: JobResult;
  /** What the referee found, or a result that equals it. */
  truth: JobResult;
  /** Shared by all wrong results of the job. */
  claims: Claims;
  at: Date;
  /** Digest of the job's second receipt, where this result was delivered. */
  correctedReceipt?: string;
}

export function planSlash(proven: ProvenWrong, purse: Purse, plan: SettlementPlan): void {
  const { jobId, submitterId, wrong, truth, claims, at, correctedReceipt } = proven;
  const nodeId = wrong.nodeId as string;
  plan.nodeEvents.push({ type: 'proven_wrong', nodeId, at, jobId, reason: 'the referee’s re-execution differs' });
  const evidence = {
    jobId: encodeId('job', jobId),
    nodeId: encodeId('node', nodeId),
    leaseId: encodeId('lease', wrong.leaseId),
    ...said('said', wrong),
    ...said('referee', truth),
    ...(correctedReceipt === undefined ? {} : { correctedReceipt }),
  };
  const proof = { jobId, n: wrong.n, wrongOwner: wrong.ownerId, submitterId, claims, evidence };
  let seizure = slashTransfer(proof, purse);
  if (!seizure) return;
  plan.transfers.push({
    request: seizure.request,
    // Another proof was quicker, or stake was released: what is left of it is seized.
    again: (exact) => {
      seizure?.undo();
      seizure = slashTransfer(proof, exact);
      return seizure?.request;
    },
  });
}

function said(who: 'said' | 'referee', result: JobResult): Record<string, string> {
  return {
    [`${who}Outcome`]: outcomeName(result.ended),
    [`${who}OutputDigest`]: result.outputDigest ? formatDigest(result.outputDigest) : '',
    [`${who}Fuel`]: String(result.fuel ?? ''),
  };
}
