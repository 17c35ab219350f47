/**
 * Which subtrees a proof is made of, apart from where their hashes are kept: a range of leaves [start, end) stands for the root over
 * exactly these leaves. So a proof over an array and one over a table of tiles are the same few lines.
 */
export interface LeafRange {
  start: number;
  /** Exclusive. */
  end: number;
}

/** A complete subtree: the 2^height leaves from index × 2^height on. */
export interface Subtree {
  height: number;
  index: number;
}

/** The largest power of two below n (n ≥ 2): where RFC 9162 splits a tree. */
function splitOf(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** The audit path of a leaf, from the leaf up (RFC 9162 §2.1.3.1). */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  requireSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw new RangeError(`leaf ${index} of ${size}`);
  const fromRoot: LeafRange[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      fromRoot.push({ start: middle, end });
      end = middle;
    } else {
      fromRoot.push({ start, end: middle });
      start = middle;
    }
  }
  return fromRoot.reverse();
}

/** The consistency path of two sizes of one tree (RFC 9162 §2.1.4.1). Of equal sizes, and from nothing, it is empty. */
export function consistencyRanges(from: number, to: number): LeafRange[] {
  requireSize(to);
  if (!Number.isSafeInteger(from) || from < 0 || from > to) throw new RangeError(`a tree of ${from} leaves within one of ${to}`);
  if (from === 0) return [];
  const fromRoot: LeafRange[] = [];
  let start = 0;
  let end = to;
  // While the left edge is never left, the smaller tree itself is the last subtree, whose root the verifier has.
  while (end !== from) {
    const middle = start + splitOf(end - start);
    if (from <= middle) {
      fromRoot.push({ start: middle, end });
      end = middle;
    } else {
      fromRoot.push({ start, end: middle });
      start = middle;
    }
  }
  if (start > 0) fromRoot.push({ start, end });
  return fromRoot.reverse();
}

/** A range as complete subtrees, left to right; its start must be where RFC 9162 splits, as those of proofs are. */
export function subtreesOf({ start, end }: LeafRange): Subtree[] {
  const subtrees: Subtree[] = [];
  let at = start;
  while (at < end) {
    let height = 0;
    let width = 1;
    while (at % (width * 2) === 0 && at + width * 2 <= end) {
      width *= 2;
      height += 1;
    }
    subtrees.push({ height, index: at / width });
    at += width;
  }
  return subtrees;
}

function requireSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`a tree of ${size} leaves`);
}
