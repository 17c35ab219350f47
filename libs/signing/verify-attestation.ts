/** One node's attestation in a receipt: its result says what the receipt says, and is under the signature of its report. */
import { rootOfPath } from '#libs/transparency/merkle-tree.js';
import { readFields } from '#libs/transparency/read-fields.js';
import type { Verify } from '#libs/transparency/signed-note.js';
import { decodeBase64 } from '#libs/transparency/verifier-key.js';
import { reportBytes } from './attestation.js';
import type { ReceiptAttestation, ReceiptFields } from './receipt.js';

export interface AttestationRefusal {
  code: 'attestation_mismatch' | 'attestation_invalid';
  detail: string;
}

const NAMES = [
  'origin',
  'nodeId',
  'leaseId',
  'taskId',
  'jobId',
  'runtimeId',
  'codeDigest',
  'inputDigest',
  'outcome',
  'outputDigest',
  'fuel',
];

export function verifyAttestation(
  attestation: ReceiptAttestation,
  receipt: ReceiptFields,
  verify: Verify,
): AttestationRefusal | undefined {
  const leaf = decodeBase64(attestation.result);
  const publicKey = decodeBase64(attestation.publicKey);
  const signature = decodeBase64(attestation.signature);
  const path = attestation.path.map((hash) => decodeBase64(hash));
  const [index, count] = [wholeNumber(attestation.index), wholeNumber(attestation.count)];
  if (!leaf || publicKey?.length !== 32 || signature?.length !== 64 || index === undefined || count === undefined)
    return { code: 'attestation_invalid', detail: 'result, publicKey, signature, index or count cannot be read' };
  const mismatch = mismatchOf(leaf, { ...receipt, nodeId: attestation.nodeId });
  if (mismatch !== undefined) return { code: 'attestation_mismatch', detail: mismatch };
  const root = path.every((hash) => hash !== undefined) ? rootOfPath({ leaf, index, size: count, path }) : undefined;
  if (!root) return { code: 'attestation_invalid', detail: 'the path does not lead from this result to a root' };
  const { nodeId, reportId } = attestation;
  const signed = reportBytes({ origin: receipt.origin, nodeId, reportId, count, root });
  if (verify(publicKey, signed, signature)) return undefined;
  return { code: 'attestation_invalid', detail: `the signature is not one of this key over the report ${reportId}` };
}

/** Lease and task are the node's own; all else must be the receipt's. */
function mismatchOf(leaf: Uint8Array, expected: ReceiptFields & { nodeId: string }): string | undefined {
  const [tag, ...values] = (readFields(leaf) ?? []).map((field) => new TextDecoder().decode(field));
  if (tag !== 'potluck-attestation-v1' || values.length !== NAMES.length) return 'result is not the canonical bytes of a result';
  for (const [place, name] of NAMES.entries()) {
    const wanted = (expected as unknown as Record<string, string | undefined>)[name];
    if (wanted !== undefined && wanted !== values[place]) return `the node signed another ${name} than the receipt's`;
  }
  return undefined;
}

function wholeNumber(text: string): number | undefined {
  const number = /^(0|[1-9]\d{0,8})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}
