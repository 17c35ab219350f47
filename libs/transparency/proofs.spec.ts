/** Known answers of Certificate Transparency's reference implementation (its tree is RFC 9162's), and the laws of proofs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consistencyPath, verifyConsistency } from './consistency-proof.js';
import { Frontier } from './frontier.js';
import { inclusionPath, leafHash, rootOfHashes, verifyInclusion } from './merkle-tree.js';
import { inclusionRanges, subtreesOf } from './tree-ranges.js';

const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((hex) =>
  Buffer.from(hex, 'hex'),
);
const hashes = leaves.map(leafHash);
const hex = (path: Uint8Array[]): string[] => path.map((hash) => Buffer.from(hash).toString('hex'));
const rootAt = (size: number): Buffer => rootOfHashes(hashes.slice(0, size));

const A = '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e';
const B = 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b';
const C = 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0';
const D = 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7';
const E = '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7';
const F = '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4';
const G = '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d';
const H = 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125';
const I = '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a';

it.each([
  [0, 1, []],
  [0, 8, [E, A, F]],
  [5, 8, [B, C, D]],
  [2, 3, [H]],
  [1, 5, [G, A, B]],
] as [number, number, string[]][])('leaf %i of %i has the audit path of the reference', (index, size, path) => {
  expect(hex(inclusionPath(hashes.slice(0, size), index))).toEqual(path);
  const bytes = path.map((hash) => Buffer.from(hash, 'hex'));
  expect(verifyInclusion({ leaf: leaves[index] as Buffer, index, size, path: bytes, root: rootAt(size) })).toBe(true);
});

it.each([
  [1, 1, []],
  [1, 8, [E, A, F]],
  [6, 8, [I, C, D]],
  [2, 5, [A, B]],
] as [number, number, string[]][])('the trees of %i and %i have the consistency path of the reference', (from, to, path) => {
  expect(hex(consistencyPath(hashes.slice(0, to), from))).toEqual(path);
  const bytes = path.map((hash) => Buffer.from(hash, 'hex'));
  expect(verifyConsistency({ fromSize: from, toSize: to, fromRoot: rootAt(from), toRoot: rootAt(to), path: bytes })).toBe(true);
});

const MAX = 300;
const many = Array.from({ length: MAX }, (_, place) => leafHash(Buffer.from(`leaf ${place}`)));
const roots = Array.from({ length: MAX + 1 }, (_, size) => rootOfHashes(many.slice(0, size)));
const sizes = fc.integer({ min: 1, max: MAX }).chain((size) => fc.record({ size: fc.constant(size), at: fc.nat(size - 1) }));

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  const place = (bit >> 3) % copy.length;
  copy[place] = (copy[place] as number) ^ (1 << (bit & 7));
  return copy;
}

describe('a consistency proof', () => {
  it('holds between all sizes up to 300', () => {
    for (let to = 0; to <= MAX; to += 1) {
      // Every pair up to 64, then pairs that reach every shape of both edges.
      for (let from = 0; from <= to; from += to <= 64 ? 1 : 1 + ((from * 7 + to) % 11)) {
        const path = consistencyPath(many.slice(0, to), from);
        const fromRoot = roots[from] as Buffer;
        expect(
          verifyConsistency({ fromSize: from, toSize: to, fromRoot, toRoot: roots[to] as Buffer, path }),
          `${from} ${to}`,
        ).toBe(true);
      }
    }
  });

  it('fails with any bit flipped, another size, a hash more or less', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), ({ size, at }, bit, pick) => {
        const fromSize = at + 1;
        const path = consistencyPath(many.slice(0, size), fromSize);
        const proof = { fromSize, toSize: size, fromRoot: roots[fromSize] as Buffer, toRoot: roots[size] as Buffer, path };
        expect(verifyConsistency(proof)).toBe(true);
        expect(verifyConsistency({ ...proof, fromRoot: flipped(proof.fromRoot, bit) })).toBe(false);
        expect(verifyConsistency({ ...proof, toRoot: flipped(proof.toRoot, bit) })).toBe(false);
        expect(verifyConsistency({ ...proof, path: [...path, many[0] as Buffer] })).toBe(false);
        if (fromSize !== size) expect(verifyConsistency({ ...proof, fromSize: size, toSize: fromSize })).toBe(false);
        if (path.length === 0) return;
        const place = pick % path.length;
        const bent = path.map((hash, one) => (one === place ? flipped(hash, bit) : hash));
        expect(verifyConsistency({ ...proof, path: bent })).toBe(false);
        expect(verifyConsistency({ ...proof, path: path.filter((_, one) => one !== place) })).toBe(false);
        expect(verifyConsistency({ ...proof, path: path.map((hash) => hash.subarray(1)) })).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('fails where history was rewritten', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ({ size, at }, pick) => {
        const fromSize = at + 1;
        const forged = many.slice(0, size);
        forged[pick % fromSize] = leafHash(Buffer.from('another history'));
        const path = consistencyPath(forged, fromSize);
        const toRoot = rootOfHashes(forged);
        expect(verifyConsistency({ fromSize, toSize: size, fromRoot: roots[fromSize] as Buffer, toRoot, path })).toBe(false);
      }),
    );
  });

  it.each([
    [-1, 3],
    [4, 3],
    [1.5, 3],
    [1, Number.NaN],
    [1, 2 ** 60],
  ])('of sizes %d and %d is none', (fromSize, toSize) => {
    expect(verifyConsistency({ fromSize, toSize, fromRoot: rootAt(1), toRoot: rootAt(3), path: [] })).toBe(false);
  });
});

describe('an inclusion proof', () => {
  it('holds for all leaves of all sizes up to 300, and is what its ranges say', () => {
    for (let size = 1; size <= MAX; size += 1) {
      for (let index = 0; index < size; index += size <= 40 ? 1 : 1 + ((index * 5 + size) % 31)) {
        const path = inclusionPath(many.slice(0, size), index);
        const root = roots[size] as Buffer;
        expect(verifyInclusion({ leaf: Buffer.from(`leaf ${index}`), index, size, path, root }), `${index} ${size}`).toBe(true);
        expect(inclusionRanges(index, size).map(({ start, end }) => rootOfHashes(many.slice(start, end)))).toEqual(path);
      }
    }
  });

  it('fails with any bit flipped, at another index, in another size', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), ({ size, at }, bit, pick) => {
        const path = inclusionPath(many.slice(0, size), at);
        const proof = { leaf: Buffer.from(`leaf ${at}`), index: at, size, path, root: roots[size] as Buffer };
        expect(verifyInclusion({ ...proof, root: flipped(proof.root, bit) })).toBe(false);
        expect(verifyInclusion({ ...proof, leaf: flipped(proof.leaf, bit) })).toBe(false);
        expect(verifyInclusion({ ...proof, path: [...path, many[0] as Buffer] })).toBe(false);
        if (size > 1) expect(verifyInclusion({ ...proof, index: (at + 1) % size })).toBe(false);
        if (path.length === 0) return;
        const place = pick % path.length;
        expect(verifyInclusion({ ...proof, path: path.map((hash, one) => (one === place ? flipped(hash, bit) : hash)) })).toBe(
          false,
        );
        expect(verifyInclusion({ ...proof, path: path.slice(1) })).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the frontier', () => {
  it('has the root of the tree at every size, from wherever it is taken up again', () => {
    let frontier = new Frontier();
    for (let size = 0; size <= MAX; size += 1) {
      expect(frontier.root()).toEqual(roots[size]);
      frontier = new Frontier(frontier.size, frontier.hashes);
      if (size < MAX) frontier.append(many[size] as Buffer);
    }
  });

  it('tells each complete subtree once, with its root', () => {
    const frontier = new Frontier();
    const told = new Map<string, Uint8Array>();
    for (const hash of many) frontier.append(hash, ({ height, index }, root) => told.set(`${height} ${index}`, root));
    for (let height = 1; 2 ** height <= MAX; height += 1) {
      for (let index = 0; (index + 1) * 2 ** height <= MAX; index += 1) {
        const root = rootOfHashes(many.slice(index * 2 ** height, (index + 1) * 2 ** height));
        expect(Buffer.from(told.get(`${height} ${index}`) as Uint8Array)).toEqual(root);
        told.delete(`${height} ${index}`);
      }
    }
    expect(told.size).toBe(0);
  });

  it('is refused with hashes that are not its size’s', () => {
    expect(() => new Frontier(3, [many[0] as Buffer])).toThrow(RangeError);
    expect(() => new Frontier(1, [Buffer.alloc(31)])).toThrow(RangeError);
    expect(() => new Frontier(-1)).toThrow(RangeError);
  });
});

it('A range of a proof is a row of complete subtrees', () => {
  expect(subtreesOf({ start: 8, end: 15 })).toEqual([
    { height: 2, index: 2 },
    { height: 1, index: 6 },
    { height: 0, index: 14 },
  ]);
});
