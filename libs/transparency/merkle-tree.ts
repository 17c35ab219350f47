/**
 * The Merkle tree of RFC 9162 §2.1: leaf hash SHA-256(0x00 ‖ leaf), node hash SHA-256(0x01 ‖ left ‖ right), the left subtree
 * being the largest power of two below the size. Here for the results of a report; the log of the ledger will use the same tree.
 */
import { sha256 } from './sha256.js';

const LEAF = 0;
const NODE = 1;

export function leafHash(leaf: Uint8Array): Buffer {
  const bytes = new Uint8Array(1 + leaf.length);
  bytes[0] = LEAF;
  bytes.set(leaf, 1);
  return sha256(bytes);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const bytes = new Uint8Array(1 + left.length + right.length);
  bytes[0] = NODE;
  bytes.set(left, 1);
  bytes.set(right, 1 + left.length);
  return sha256(bytes);
}

/** The root over leaves; of none, SHA-256 of the empty string. */
export function rootOf(leaves: readonly Uint8Array[]): Buffer {
  return rootOfHashes(leaves.map(leafHash));
}

export function rootOfHashes(hashes: readonly Uint8Array[]): Buffer {
  if (hashes.length === 0) return sha256(new Uint8Array());
  let level: readonly Uint8Array[] = hashes;
  // Pairing from the left and carrying an odd last node up builds the same tree as the recursive definition.
  while (level.length > 1) {
    const next: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const right = level[i + 1];
      next.push(right === undefined ? (level[i] as Uint8Array) : nodeHash(level[i] as Uint8Array, right));
    }
    level = next;
  }
  return Buffer.from(level[0] as Uint8Array);
}

/** The audit path of the index-th leaf, from the leaf up (RFC 9162 §2.1.3.1). */
export function inclusionPath(hashes: readonly Uint8Array[], index: number): Buffer[] {
  if (index < 0 || index >= hashes.length) throw new RangeError(`leaf ${index} of ${hashes.length}`);
  const path: Buffer[] = [];
  let level: readonly Uint8Array[] = hashes;
  let at = index;
  while (level.length > 1) {
    const sibling = level[at ^ 1];
    if (sibling !== undefined) path.push(Buffer.from(sibling));
    const next: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const right = level[i + 1];
      next.push(right === undefined ? (level[i] as Uint8Array) : nodeHash(level[i] as Uint8Array, right));
    }
    level = next;
    at >>= 1;
  }
  return path;
}

export interface LeafPath {
  leaf: Uint8Array;
  index: number;
  size: number;
  path: readonly Uint8Array[];
}

/** RFC 9162 §2.1.3.2. */
export function verifyInclusion(proof: LeafPath & { root: Uint8Array }): boolean {
  return rootOfPath(proof)?.equals(proof.root) === true;
}

/** The root that a leaf and its audit path lead to; undefined: no path of this place in a tree of this size. */
export function rootOfPath(proof: LeafPath): Buffer | undefined {
  const { index, size, path } = proof;
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return undefined;
  let fn = index;
  let sn = size - 1;
  let hash = leafHash(proof.leaf);
  for (const sibling of path) {
    if (sn === 0) return undefined;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 ? hash : undefined;
}
