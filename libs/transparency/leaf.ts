/**
 * A transfer as a leaf of the log: canonical bytes, so that anyone who holds a transfer's fields computes the same leaf hash
 * SHA-256(0x00 ‖ bytes) (RFC 9162 §2.1.1). Every field is its length (4 bytes, big-endian) and its bytes; numbers are decimal text.
 *
 * Legs enter as hashes (docs/decisions/011): a receipt shows the leaf to a job's submitter without showing what other accounts
 * have. A leg's balance is named by its random public id, which only its owner and auditors know: the hash hides what it binds.
 */
import { concatFields } from './length-prefixed.js';
import { sha256 } from './sha256.js';

export interface LeafLeg {
  /** The balance's public id, a UUID. */
  balanceId: string;
  /** µCR, decimal text; negative: a debit. */
  amount: string;
  balanceAfter: string;
  /** Gap-free along the balance, from 1. */
  seq: string;
}

export interface LeafFields {
  /** The transfer's number. */
  id: string;
  /** RFC 3339 UTC with milliseconds. */
  createdAt: string;
  kind: string;
  /** A UUID. */
  reference: string;
  ordinal: string;
  /** The transfer that this one reverses; empty: none. */
  reverses: string;
  /** 32 bytes; empty: none. */
  evidenceHash: Uint8Array;
  legHashes: readonly Uint8Array[];
}

/** SHA-256 over `potluck-leg-v1 ‖ balance ‖ amount ‖ balance after ‖ seq`. */
export function legHash(leg: LeafLeg): Buffer {
  return sha256(concatFields(['potluck-leg-v1', leg.balanceId, leg.amount, leg.balanceAfter, leg.seq]));
}

/** The bytes of a leaf before the leaf hash. */
export function leafBytes(leaf: LeafFields): Uint8Array {
  return concatFields([
    'potluck-leaf-v1',
    leaf.id,
    leaf.createdAt,
    leaf.kind,
    leaf.reference,
    leaf.ordinal,
    leaf.reverses,
    leaf.evidenceHash,
    String(leaf.legHashes.length),
    ...leaf.legHashes,
  ]);
}
