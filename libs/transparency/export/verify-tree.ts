/**
 * The tree of an export: its leaf hashes lie in tiles of 256 (c2sp.org/tlog-tiles, level 0), and the root that they make must be the
 * one that the checkpoint signs. Roots at earlier sizes fall off on the way: an older checkpoint must be one of them.
 */
import { Frontier } from '../frontier.js';
import { TILE_WIDTH, tilePath, tileWidthAt } from '../tile-path.js';
import { type ExportSource, readWhole } from './export-source.js';
import type { Faults } from './fault.js';

const HASH_BYTES = 32;

export const tileFile = (index: number, width: number): string => `tiles/${tilePath({ level: 0, index, width })}`;

export class LeafTiles {
  private loaded: { index: number; bytes: Buffer } | undefined;

  constructor(
    private readonly source: ExportSource,
    readonly size: number,
  ) {}

  get count(): number {
    return Math.ceil(this.size / TILE_WIDTH);
  }

  /** undefined: the tile is not there or too short. */
  async read(index: number): Promise<Buffer | undefined> {
    const width = tileWidthAt(this.size, { level: 0, index });
    const bytes = await readWhole(this.source, tileFile(index, width), TILE_WIDTH * HASH_BYTES).catch((error) => {
      if (error instanceof RangeError) return undefined;
      throw error;
    });
    return bytes?.length === width * HASH_BYTES ? bytes : undefined;
  }

  fileOf(index: number): string {
    return tileFile(index, tileWidthAt(this.size, { level: 0, index }));
  }

  /** What the tile is called once it is full. */
  fullFileOf(index: number): string {
    return tileFile(index, TILE_WIDTH);
  }

  /** The leaf hash at this place of the log; undefined where its tile is missing. */
  async hashAt(leaf: number): Promise<Buffer | undefined> {
    const index = Math.floor(leaf / TILE_WIDTH);
    if (this.loaded?.index !== index) {
      const bytes = await this.read(index);
      this.loaded = bytes === undefined ? undefined : { index, bytes };
    }
    const at = (leaf % TILE_WIDTH) * HASH_BYTES;
    return this.loaded?.bytes.subarray(at, at + HASH_BYTES);
  }
}

/** @returns the roots at the sizes asked for; none where a tile is missing on the way */
export async function readRoots(tiles: LeafTiles, sizes: ReadonlySet<number>, faults: Faults): Promise<Map<number, Uint8Array>> {
  const roots = new Map<number, Uint8Array>();
  const frontier = new Frontier();
  if (sizes.has(0)) roots.set(0, frontier.root());
  for (let index = 0; index < tiles.count; index += 1) {
    const bytes = await tiles.read(index);
    if (bytes === undefined) {
      const file = tiles.fileOf(index);
      faults.add({
        code: 'missing_file',
        file,
        detail: `${file} is missing or has not the length that ${tiles.size} leaves ask for`,
      });
      return roots;
    }
    for (let at = 0; at < bytes.length; at += HASH_BYTES) {
      frontier.append(bytes.subarray(at, at + HASH_BYTES));
      if (sizes.has(frontier.size)) roots.set(frontier.size, frontier.root());
    }
  }
  return roots;
}
