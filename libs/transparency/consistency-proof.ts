/** Proofs that a tree was only appended to (RFC 9162 §2.1.4). */
import { nodeHash, rootOfHashes } from './merkle-tree.js';
import { consistencyRanges } from './tree-ranges.js';

/** The path from the tree of the first `from` leaf hashes to the tree of all of them; empty for equal sizes and from nothing. */
export function consistencyPath(hashes: readonly Uint8Array[], from: number): Buffer[] {
  return consistencyRanges(from, hashes.length).map(({ start, end }) => rootOfHashes(hashes.slice(start, end)));
}

/** RFC 9162 §2.1.4.2. Every tree is consistent with itself and with the empty one, by an empty path. */
export function verifyConsistency(proof: {
  fromSize: number;
  toSize: number;
  fromRoot: Uint8Array;
  toRoot: Uint8Array;
  path: readonly Uint8Array[];
}): boolean {
  const { fromSize, toSize, fromRoot, toRoot, path } = proof;
  if (!Number.isSafeInteger(fromSize) || !Number.isSafeInteger(toSize) || fromSize < 0 || fromSize > toSize) return false;
  if (path.some((hash) => hash.length !== 32)) return false;
  if (fromSize === 0) return path.length === 0 && isSame(rootOfHashes([]), fromRoot);
  if (fromSize === toSize) return path.length === 0 && isSame(fromRoot, toRoot);
  // A smaller tree that is complete is a subtree of the larger one: its root is where both begin.
  const hashes = isPowerOfTwo(fromSize) ? [fromRoot, ...path] : [...path];
  const first = hashes.shift();
  if (first === undefined) return false;
  let fn = fromSize - 1;
  let sn = toSize - 1;
  while (fn % 2 === 1) {
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  let from = first;
  let to = first;
  for (const hash of hashes) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      from = nodeHash(hash, from);
      to = nodeHash(hash, to);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else {
      to = nodeHash(to, hash);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && isSame(from, fromRoot) && isSame(to, toRoot);
}

function isPowerOfTwo(n: number): boolean {
  let rest = n;
  while (rest % 2 === 0) rest /= 2;
  return rest === 1;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}
