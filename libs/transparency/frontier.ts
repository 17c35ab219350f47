/**
 * What must be kept of a tree to append to it: the roots of its complete subtrees, one for each bit of its size, largest first
 * (a compact range). 53 hashes at most, whatever the size.
 */
import { nodeHash, rootOfHashes } from './merkle-tree.js';
import type { Subtree } from './tree-ranges.js';

export class Frontier {
  private leaves: number;
  private readonly roots: Uint8Array[];

  /** @throws RangeError where the hashes are not as many as the size has bits */
  constructor(size = 0, hashes: readonly Uint8Array[] = []) {
    if (!Number.isSafeInteger(size) || size < 0 || hashes.length !== bitsOf(size) || hashes.some(({ length }) => length !== 32))
      throw new RangeError(`${hashes.length} hashes are no frontier of a tree of ${size} leaves`);
    this.leaves = size;
    this.roots = [...hashes];
  }

  get size(): number {
    return this.leaves;
  }

  get hashes(): readonly Uint8Array[] {
    return this.roots;
  }

  /** `completed` is told each subtree of two or more leaves that this leaf completes, the smallest first. */
  append(leafHash: Uint8Array, completed?: (subtree: Subtree, root: Uint8Array) => void): void {
    let root = leafHash;
    let rest = this.leaves;
    for (let height = 1; rest % 2 === 1; height += 1) {
      root = nodeHash(this.roots.pop() as Uint8Array, root);
      rest = Math.floor(rest / 2);
      completed?.({ height, index: rest }, root);
    }
    this.roots.push(root);
    this.leaves += 1;
  }

  /** Of no leaves, SHA-256 of the empty string. */
  root(): Buffer {
    const smallest = this.roots.at(-1);
    if (smallest === undefined) return rootOfHashes([]);
    return Buffer.from(this.roots.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), smallest));
  }
}

function bitsOf(size: number): number {
  let bits = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return bits;
}
