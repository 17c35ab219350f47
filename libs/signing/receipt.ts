/**
 * The fields of a receipt up to its attestations, as bytes: their SHA-256 is the evidence hash of the settling transfer, so that
 * the log's leaf binds the output. Every field is the API's text; a missing one is the empty string.
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
