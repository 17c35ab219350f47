/**
 * The hashes of the tree, by tile. Level 0 is cut out of the segments of leaves that touch the tile, the levels above are rows of
 * subtree roots. Whatever the size of the log, a tile is at most 256 rows and a proof a few tiles.
 */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { rootOfHashes } from '#libs/transparency/merkle-tree.js';
import { MAX_TILE_LEVEL, TILE_WIDTH, type Tile } from '#libs/transparency/tile-path.js';
import { type LeafRange, type Subtree, subtreesOf } from '#libs/transparency/tree-ranges.js';
import { hashesOf } from './append-leaves.js';

const HASH_BYTES = 32;
/** 256 is 2 to this. */
const TILE_HEIGHT = 8;
/** Full tiles never change: 8 MiB of them. */
const TILES_KEPT = 1_000;

const SEGMENTS = `
  SELECT substring(hashes FROM greatest(0, $1 - first_index)::integer * 32 + 1
    FOR (least(first_index + count, $2) - greatest(first_index, $1))::integer * 32) AS part
  FROM ledger.leaves
  WHERE first_index >= coalesce((SELECT first_index FROM ledger.leaves WHERE first_index <= $1 ORDER BY first_index DESC LIMIT 1), 0)
    AND first_index < $2 AND first_index + count > $1
  ORDER BY first_index`;
const ROOTS = 'SELECT hash AS part FROM ledger.subtree_roots WHERE level = $1 AND index >= $2 AND index < $3 ORDER BY index';

/** Rows that must be there are not: someone took them away. */
export class HashesMissing extends Error {}

@Injectable()
export class LogTiles {
  private readonly full = new LRUCache<string, Buffer>({ max: TILES_KEPT });

  constructor(private readonly dataSource: DataSource) {}

  /** Its hashes, one behind the other; undefined where the log is not that far yet. */
  async tile({ level, index, width }: Tile): Promise<Buffer | undefined> {
    const name = `${level}/${index}`;
    const known = this.full.get(name);
    if (known) return known.subarray(0, width * HASH_BYTES);
    const start = index * TILE_WIDTH;
    if (level > MAX_TILE_LEVEL || !Number.isSafeInteger(start + width)) return undefined;
    const rows: { part: Buffer }[] =
      level === 0
        ? await this.dataSource.query(SEGMENTS, [start, start + width])
        : await this.dataSource.query(ROOTS, [level, start, start + width]);
    const hashes = Buffer.concat(rows.map(({ part }) => part));
    if (hashes.length !== width * HASH_BYTES) return undefined;
    if (width === TILE_WIDTH) this.full.set(name, hashes);
    return hashes;
  }

  /** The root over each of these ranges, all of them within a tree that is there. */
  async roots(ranges: readonly LeafRange[], size: number): Promise<Buffer[]> {
    const tiles = new Map<string, Promise<Buffer>>();
    const found: Buffer[] = [];
    for (const range of ranges) {
      const hashes: Buffer[] = [];
      for (const subtree of subtreesOf(range)) hashes.push(await this.rootOf(subtree, size, tiles));
      // Right to left, as the tree is: the rightmost subtrees are the smallest, and closest to each other.
      found.push(hashes.reduceRight((right, left) => rootOfHashes([left, right])));
    }
    return found;
  }

  private async rootOf({ height, index }: Subtree, size: number, tiles: Map<string, Promise<Buffer>>): Promise<Buffer> {
    const level = Math.floor(height / TILE_HEIGHT);
    const width = 2 ** (height % TILE_HEIGHT);
    const tileIndex = Math.floor((index * width) / TILE_WIDTH);
    const name = `${level}/${tileIndex}`;
    const reading = tiles.get(name) ?? this.tileWithin(level, tileIndex, size);
    tiles.set(name, reading);
    const start = (index * width - tileIndex * TILE_WIDTH) * HASH_BYTES;
    return rootOfHashes(hashesOf((await reading).subarray(start, start + width * HASH_BYTES)));
  }

  /** As wide as the tile is in a tree of this size. */
  private async tileWithin(level: number, index: number, size: number): Promise<Buffer> {
    const width = Math.min(TILE_WIDTH, Math.floor(size / TILE_WIDTH ** level) - index * TILE_WIDTH);
    const hashes = await this.tile({ level, index, width });
    if (!hashes) throw new HashesMissing(`hashes of the tile ${level}/${index} are missing below ${size} leaves`);
    return hashes;
  }
}
