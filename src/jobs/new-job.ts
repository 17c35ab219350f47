/** A job as it is handed to the database: validated, quoted, with nothing left to decide. */
export type ContentType = 'application/json' | 'application/octet-stream';

export interface Placement {
  regions?: string[];
  near?: string;
  ownNodesOnly?: boolean;
}

export interface NewJob {
  id: string;
  versionId: string;
  input: Buffer;
  inputDigest: Buffer;
  contentType: ContentType;
  /** A name or a number as text. */
  assurance: string;
  fuelLimit: bigint;
  memoryBytes: number;
  maxOutputBytes: number;
  rateHundredths: number;
  /** Its part of the submission's hold; 0 for a job of one's own nodes. */
  holdMicro: bigint;
  /** What it weighs in its lane: the unit at the fuel limit. */
  laneUnitMicro: bigint;
  placement: Placement;
  createdAt: Date;
  deadlineAt: Date;
}

/** All that one request submits: paid by one hold, accepted or refused as a whole. */
export interface Submission {
  accountId: string;
  keyId: string;
  /** The most that the key may have held a day; null: no cap. */
  spendCapMicro: bigint | null;
  /** The hold and, for a batch, the batch: one UUID. */
  id: string;
  batch?: { functionName: string; versionId: string };
  jobs: NewJob[];
  idempotency?: { route: string; key: string; bodyHash: Buffer };
}

export type SubmissionOutcome =
  | { state: 'accepted' }
  /** The key was used before: the id of the job or batch that it made. */
  | { state: 'replay'; resource: string }
  | { state: 'refused'; error: Error };

export const contentTypeCode = (type: ContentType): number => (type === 'application/json' ? 1 : 2);
export const contentTypeName = (code: number): ContentType => (code === 1 ? 'application/json' : 'application/octet-stream');
