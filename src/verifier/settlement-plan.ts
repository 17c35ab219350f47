/**
 * What one transaction of the verifier will write, collected first and written at the end in the system's lock order
 * (jobs → nodes → version stats → ledger). A plan is plain data: the rules that fill it can be read without the database.
 */
import type { NodeEvent } from '#libs/trust/node-record.js';
import type { JobOutcome } from '../jobs/finish-jobs.js';
import type { TransferRequest } from '../ledger/ledger.js';
import type { Purse } from './purse.js';

export interface VerdictRow {
  jobId: string;
  logOddsMicro: number;
  votes: number;
  groups: number;
  referee: boolean;
  alone: boolean;
}

export type PlannedNodeEvent = NodeEvent & { nodeId: string; at: Date; jobId?: string; submitterId?: string; reason?: string };

export interface VersionSample {
  versionId: string;
  fuel: bigint;
  outputBytes: number;
  turnaroundMs: number;
}

export interface RefereeAsk {
  jobId: string;
  purpose: 'vote' | 'dispute';
}

/**
 * A transfer as it was planned with balances that were read unlocked. Where they have changed since and the ledger refuses it,
 * `again` makes it from what is there now; undefined: it is left out then. Without `again` a refusal is an alarm.
 */
export interface PlannedTransfer {
  request: TransferRequest;
  again?: Remake;
}

export type Remake = (purse: Purse) => TransferRequest | undefined;

export interface SettlementPlan {
  outcomes: JobOutcome[];
  verdicts: VerdictRow[];
  tasks: { jobId: string; participantRequired: boolean }[];
  asks: RefereeAsk[];
  /** Jobs to look at again. */
  reviews: { jobId: string; refereeAsked: boolean }[];
  nodeEvents: PlannedNodeEvent[];
  samples: VersionSample[];
  transfers: PlannedTransfer[];
  /** Made and posted when the transfers are: what is due depends on what seized stake has really paid. */
  compensations: Remake[];
  /** Accounts of which a result was checked. */
  checkedOwners: string[];
  /** One of them had none before: filled in when the plan is written. */
  firstChecked: boolean;
}

export function emptyPlan(): SettlementPlan {
  return {
    outcomes: [],
    verdicts: [],
    tasks: [],
    asks: [],
    reviews: [],
    nodeEvents: [],
    samples: [],
    transfers: [],
    compensations: [],
    checkedOwners: [],
    firstChecked: false,
  };
}
