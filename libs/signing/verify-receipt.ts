/**
 * Checks a receipt with nothing but itself and the log's key. What a valid one proves: these keys signed this outcome, digest and
 * fuel of this code on this input; the log's operator settled the job so; and that entry is in the log that the checkpoint signs.
 * What it does not: that the keys are different people's, that the result is right beyond what they vouch for, or that the log shows
 * everyone the same (that is what witnesses are for). Changing any byte of a receipt makes it invalid.
 */
import { readCheckpoint } from '#libs/transparency/checkpoint.js';
import type { LeafFields } from '#libs/transparency/leaf.js';
import { logNameOf } from '#libs/transparency/log-name.js';
import { verifyInclusion } from '#libs/transparency/merkle-tree.js';
import { readLeaf } from '#libs/transparency/read-leaf.js';
import type { Verify } from '#libs/transparency/signed-note.js';
import { decodeBase64, type VerifierKey } from '#libs/transparency/verifier-key.js';
import { formatDigest, sha256 } from './digest.js';
import { decodeId } from './ids.js';
import { readReceipt } from './read-receipt.js';
import { fieldsOf, type Receipt, receiptBytes } from './receipt.js';
import { slashEvidenceHash } from './slash-evidence.js';
import { verifyAttestation } from './verify-attestation.js';

export type ReceiptRefusal =
  | 'receipt_malformed'
  | 'attestation_mismatch'
  | 'attestation_invalid'
  | 'attestation_repeated'
  | 'attestation_missing'
  | 'leaf_malformed'
  | 'leaf_mismatch'
  | 'evidence_mismatch'
  | 'checkpoint_untrusted'
  | 'checkpoint_invalid'
  | 'inclusion_invalid';

export type CheckName = 'attestations' | 'settlement' | 'evidence' | 'checkpoint' | 'inclusion';

export interface ReceiptCheck {
  name: CheckName;
  /** What was found, in words. */
  found: string;
}

export type ReceiptVerdict =
  | { state: 'valid'; receipt: Receipt; nodes: string[]; transfer: LeafFields; checks: ReceiptCheck[] }
  | { state: 'refused'; code: ReceiptRefusal; detail: string; checks: ReceiptCheck[] };

export interface ReceiptTrust {
  /** Of the log. A key from the receipt itself would prove nothing. */
  keys: readonly VerifierKey[];
  verify: Verify;
}

export class ReceiptRefused extends Error {
  constructor(
    readonly code: ReceiptRefusal,
    detail: string,
  ) {
    super(detail);
  }
}

/** The transfers that carry a receipt's evidence: a job's settlement; for its correction the compensation, or the slash that paid for it. */
const KINDS = ['settle', 'compensate', 'slash'];

export function verifyReceipt(value: unknown, trust: ReceiptTrust): ReceiptVerdict {
  const reading = readReceipt(value);
  if (reading.state === 'refused') return { state: 'refused', code: 'receipt_malformed', detail: reading.detail, checks: [] };
  const { receipt } = reading;
  const checks: ReceiptCheck[] = [];
  try {
    const nodes = checkAttestations(receipt, trust);
    checks.push({ name: 'attestations', found: attested(receipt, nodes) });
    const transfer = checkLeaf(receipt);
    checks.push({
      name: 'settlement',
      found: `transfer ${transfer.id} of ${transfer.createdAt}, a ${transfer.kind} of this job`,
    });
    checkEvidence(receipt, transfer);
    checks.push({ name: 'evidence', found: 'every field of this receipt is bound by that transfer' });
    const root = checkCheckpoint(receipt, trust);
    checks.push({
      name: 'checkpoint',
      found: `the log of ${receipt.inclusionProof.size} entries is signed by a key that you trust`,
    });
    checkInclusion(receipt, root);
    checks.push({ name: 'inclusion', found: `that transfer is entry ${receipt.inclusionProof.index} of this log` });
    return { state: 'valid', receipt, nodes, transfer, checks };
  } catch (error) {
    if (!(error instanceof ReceiptRefused)) throw error;
    return { state: 'refused', code: error.code, detail: error.message, checks };
  }
}

function checkAttestations(receipt: Receipt, { verify }: ReceiptTrust): string[] {
  const nodes = receipt.attestations.map((attestation, place) => {
    const refusal = verifyAttestation(attestation, fieldsOf(receipt), verify);
    if (refusal) throw new ReceiptRefused(refusal.code, `attestations[${place}]: ${refusal.detail}`);
    return attestation.nodeId;
  });
  if (new Set(nodes).size < nodes.length) throw new ReceiptRefused('attestation_repeated', 'one node attests more than once');
  const unsigned = nodes.length === 0 && !receipt.verdict.referee && receipt.outcome !== 'host_limit';
  if (unsigned) throw new ReceiptRefused('attestation_missing', 'no node and no referee vouches for this outcome');
  return nodes;
}

function attested({ verdict, outcome }: Receipt, nodes: string[]): string {
  if (nodes.length > 0) return `${nodes.length} signed this outcome, digest and fuel: ${nodes.join(', ')}`;
  return verdict.referee ? 'no node signed: the operator’s referee ran it alone' : `nothing to sign: it ended as ${outcome}`;
}

function checkLeaf(receipt: Receipt): LeafFields {
  const leaf = readLeaf(bytesOf(receipt.leaf, 'leaf'));
  if (!leaf) throw new ReceiptRefused('leaf_malformed', 'leaf is not the canonical bytes of a transfer');
  if (!KINDS.includes(leaf.kind))
    throw new ReceiptRefused('leaf_mismatch', `the transfer is a ${leaf.kind}, which settles no job`);
  // The ordinal of a slash is the number of the task that was wrong.
  const isOnce = leaf.ordinal === '0' || leaf.kind === 'slash';
  if (leaf.reference !== decodeId('job', receipt.jobId) || !isOnce || leaf.reverses !== '')
    throw new ReceiptRefused('leaf_mismatch', 'the transfer is of something else than this job');
  return leaf;
}

function checkEvidence(receipt: Receipt, leaf: LeafFields): void {
  const said = sha256(receiptBytes(fieldsOf(receipt)));
  const bound = receipt.evidence ? slashEvidenceHash(receipt.evidence) : said;
  const namesIt = leaf.kind === 'slash' ? receipt.evidence?.correctedReceipt === formatDigest(said) : !receipt.evidence;
  if (namesIt && bound.equals(leaf.evidenceHash)) return;
  throw new ReceiptRefused('evidence_mismatch', 'the receipt’s fields are not the ones whose digest the transfer carries');
}

function checkCheckpoint(receipt: Receipt, { keys, verify }: ReceiptTrust): Uint8Array {
  const reading = readCheckpoint(receipt.checkpoint, { keys, verify });
  if (reading.state === 'refused') {
    const code = reading.code === 'unknown_key' ? 'checkpoint_untrusted' : 'checkpoint_invalid';
    throw new ReceiptRefused(code, `checkpoint: ${reading.detail}`);
  }
  const { origin, size, root } = reading.checkpoint;
  // A second signature line would be bytes that nobody looks at.
  if (receipt.checkpoint.split('\n').filter((line) => line.startsWith('— ')).length !== 1)
    throw new ReceiptRefused('checkpoint_invalid', 'the checkpoint of a receipt carries one signature');
  if (origin !== logNameOf(receipt.origin))
    throw new ReceiptRefused('checkpoint_invalid', `the checkpoint is of the log ${origin}, not of ${logNameOf(receipt.origin)}`);
  if (String(size) !== receipt.inclusionProof.size)
    throw new ReceiptRefused(
      'checkpoint_invalid',
      `the checkpoint is of size ${size}, the proof of ${receipt.inclusionProof.size}`,
    );
  return root;
}

function checkInclusion({ leaf, inclusionProof }: Receipt, root: Uint8Array): void {
  const proof = {
    leaf: bytesOf(leaf, 'leaf'),
    index: numberOf(inclusionProof.index, 'inclusionProof.index'),
    size: numberOf(inclusionProof.size, 'inclusionProof.size'),
    path: inclusionProof.path.map((hash) => bytesOf(hash, 'inclusionProof.path')),
    root,
  };
  if (verifyInclusion(proof)) return;
  throw new ReceiptRefused('inclusion_invalid', 'the path does not lead from this transfer to the root of the checkpoint');
}

/** Strict: the one encoding of these bytes, or a changed letter could go unseen. */
function bytesOf(text: string, name: string): Uint8Array {
  const bytes = decodeBase64(text);
  if (!bytes) throw new ReceiptRefused('receipt_malformed', `${name} is not base64`);
  return bytes;
}

function numberOf(text: string, name: string): number {
  const number = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new ReceiptRefused('receipt_malformed', `${name} is not a whole number`);
  return number;
}
