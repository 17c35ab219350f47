/**
 * What one transaction of the verifier will write, collected first and written at the end in the system's lock order
 * (jobs → nodes → version stats → ledger). A plan is plain data: the rules that fill it can be read without the database.
 */
import type { NodeEvent } from '#libs/trust/node-record.js';
import type { JobOutcome } from '../jobs/finish-jobs.js';
import type { TransferRequest } from '../ledger/ledger.js';

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

export interface SettlementPlan {
  outcomes: JobOutcome[];
  verdicts: VerdictRow[];
  tasks: { jobId: string; participantRequired: boolean }[];
  asks: RefereeAsk[];
  /** Jobs to look at again. */
  reviews: { jobId: string; refereeAsked: boolean }[];
  nodeEvents: PlannedNodeEvent[];
  samples: VersionSample[];
  transfers: TransferRequest[];
}

export function emptyPlan(): SettlementPlan {
  return { outcomes: [], verdicts: [], tasks: [], asks: [], reviews: [], nodeEvents: [], samples: [], transfers: [] };
}
