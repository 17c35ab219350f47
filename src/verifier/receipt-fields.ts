/**
 * What a job's receipt says, as the transfer's evidence binds it: made in one place for the settlement, the correction and the receipt
 * itself, because one different letter would make every receipt of the job invalid.
 */
import { createHash } from 'node:crypto';
import { formatDigest } from '#libs/signing/digest.js';
import { encodeId } from '#libs/signing/ids.js';
import { type ReceiptFields, receiptBytes } from '#libs/signing/receipt.js';

export interface SettledFacts {
  origin: string;
  jobId: string;
  version: { functionName: string; codeDigest: Buffer; runtimeId: string };
  inputDigest: Buffer;
  /** An outcome's name, or what the job failed with where nothing was agreed on. */
  outcome: string;
  outputDigest: Buffer | null;
  fuel: bigint | null;
  chargedMicro: bigint;
  assurance: string;
  /** null: there was no vote. */
  credibilityPpm: number | null;
  referee: boolean;
}

export function receiptFieldsOf(facts: SettledFacts): ReceiptFields {
  const code = formatDigest(facts.version.codeDigest);
  return {
    origin: facts.origin,
    jobId: encodeId('job', facts.jobId),
    function: facts.version.functionName,
    version: code,
    runtimeId: facts.version.runtimeId,
    codeDigest: code,
    inputDigest: formatDigest(facts.inputDigest),
    outcome: facts.outcome,
    outputDigest: facts.outputDigest ? formatDigest(facts.outputDigest) : '',
    fuel: String(facts.fuel ?? ''),
    charged: facts.chargedMicro.toString(),
    assurance: facts.assurance,
    credibility: facts.credibilityPpm === null ? '' : (facts.credibilityPpm / 1e6).toFixed(6),
    referee: facts.referee,
  };
}

/** The evidence hash of the transfer. */
export function evidenceOf(facts: SettledFacts): Buffer {
  return createHash('sha256')
    .update(receiptBytes(receiptFieldsOf(facts)))
    .digest();
}
