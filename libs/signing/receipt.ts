/**
 * The portable proof of a job. Its fields up to the attestations are bytes whose SHA-256 is the evidence hash of the transfer that
 * settled it, so that the log's leaf binds the output. Every field is the API's text; a missing one is the empty string.
 */
import { concatFields } from '#libs/transparency/length-prefixed.js';

export interface ReceiptFields {
  origin: string;
  jobId: string;
  function: string;
  version: string;
  runtimeId: string;
  codeDigest: string;
  inputDigest: string;
  outcome: string;
  outputDigest: string;
  /** Decimal text. */
  fuel: string;
  charged: string;
  assurance: string;
  /** Six decimals. */
  credibility: string;
  referee: boolean;
}

export function receiptBytes(fields: ReceiptFields): Uint8Array {
  return concatFields([
    'potluck-receipt-v1',
    fields.origin,
    fields.jobId,
    fields.function,
    fields.version,
    fields.runtimeId,
    fields.codeDigest,
    fields.inputDigest,
    fields.outcome,
    fields.outputDigest,
    fields.fuel,
    fields.charged,
    fields.assurance,
    fields.credibility,
    fields.referee ? 'true' : 'false',
  ]);
}

/** A node's signature over the report that holds its result of this job. */
export interface ReceiptAttestation {
  nodeId: string;
  /** base64, as are all bytes here. */
  publicKey: string;
  reportId: string;
  /** The result's canonical bytes: a leaf of the report's tree. */
  result: string;
  /** Its place among the report's results, and how many these are: decimal text. */
  index: string;
  count: string;
  /** From that leaf up to the root that is signed (RFC 9162 §2.1.3). */
  path: string[];
  /** Over the report's bytes. */
  signature: string;
}

/** As `GET /v1/jobs/{id}/receipt` answers it. */
export interface Receipt extends Omit<ReceiptFields, 'credibility' | 'referee'> {
  verdict: { credibility: string; referee: boolean };
  attestations: ReceiptAttestation[];
  /** Of a correction that a slash paid for: what the slash is for; its digest is the transfer's evidence, and it names this receipt's. */
  evidence?: Record<string, string>;
  /** The canonical bytes of the transfer's leaf. */
  leaf: string;
  inclusionProof: { index: string; size: string; path: string[] };
  /** The signed note whose root the proof leads to. */
  checkpoint: string;
}

export function fieldsOf({ verdict, ...receipt }: Receipt): ReceiptFields {
  return { ...receipt, credibility: verdict.credibility, referee: verdict.referee };
}
