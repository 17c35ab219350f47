/** The shapes of the audit's and the log's operations. Amounts are micro-credits, sizes and indexes leaves, all as decimal strings. */
import type { MicroCredits, Timestamp } from './api-types.js';

export interface Invariant {
  id: string;
  ok: boolean;
  /** What was looked at. */
  range: string;
  /** The first few that break it. */
  detail?: string;
  [field: string]: unknown;
}

export interface IntegrityReport {
  ok: boolean;
  checkedAt: Timestamp;
  invariants: Invariant[];
  [field: string]: unknown;
}

export type StatementFormat = 'json' | 'csv' | 'journal';
export type JournalFormat = 'ndjson' | 'csv' | 'journal';

/** Bounds are RFC 3339 moments or plain UTC days; `to` is exclusive, as a day it includes that day. */
export interface Period {
  from?: string;
  to?: string;
}

/** A body that is read as it arrives. It may break off: every format ends with a line that says so. */
export interface Streamed {
  /** The tree that it was made from. */
  treeSize: string | null;
  body: ReadableStream<Uint8Array>;
}

export interface JournalPage extends Streamed {
  treeSize: string;
  /** Where the next page begins; null on the last. */
  nextCursor: string | null;
}

export interface JournalQuery extends Period {
  format: JournalFormat;
  cursor?: string;
  /** Transfers, at most 100,000. */
  limit?: number;
}

export interface Grant {
  reference: string;
  to: string;
  amount: MicroCredits;
  reason: string;
}

export interface Freeze {
  accountId: string;
  frozen: boolean;
  /** The operator's account. */
  by: string;
  reason: string;
  at: Timestamp;
}

/** Either `legs`, whose amounts sum to 0, or `reverses`, the number of a transfer to undo whole and once. */
export interface ProposeAdjustmentBody {
  reason: string;
  /** `acct_…:available`, `acct_…:stake`, `commons`, `insurance` or `issuance`. */
  legs?: { balance: string; amount: MicroCredits }[];
  reverses?: string;
}

export interface Adjustment {
  id: string;
  kind: 'adjustment' | 'reversal';
  state: 'waiting' | 'posted' | 'rejected' | 'expired';
  reason: string;
  legs?: { balance: string; amount: MicroCredits }[];
  reverses?: string;
  proposedBy: string;
  proposedAt: Timestamp;
  expiresAt: Timestamp;
  approvalsNeeded: number;
  approvals: { by: string; at: Timestamp }[];
  transferId?: string;
  [field: string]: unknown;
}

export interface PublishedKey {
  /** C2SP verifier key: `name+hash+base64`. */
  vkey: string;
  since: Timestamp;
  retiredAt: Timestamp | null;
  /** By the key before; null for the first. */
  succession: { signedBy: string; size: string; signature: string } | null;
}

export interface SignedCheckpoint {
  size: string;
  /** base64 */
  root: string;
  note: string;
  signedAt: Timestamp;
}

export interface InclusionProof {
  transferId: string;
  index: string;
  size: string;
  leafHash: string;
  /** From the leaf up, base64. */
  path: string[];
}

export interface ConsistencyProof {
  from: string;
  to: string;
  /** base64 */
  path: string[];
}

/** A node has seen this root at this size, and signed that it has. */
export interface Cosignature {
  nodeId: string;
  size: string;
  root: string;
  [field: string]: unknown;
}
