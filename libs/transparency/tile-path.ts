/**
 * Tiles (c2sp.org/tlog-tiles): 256 consecutive hashes of one level, a hash of level L standing for a complete subtree of 256^L leaves.
 * A path is `<L>/<N>[.p/<W>]`, N in groups of three digits, all but the last marked by an x: index 1234067 is `x001/x234/067`.
 */
export const TILE_WIDTH = 256;
/** 256^6 leaves are more than a safe integer numbers. */
export const MAX_TILE_LEVEL = 6;

export interface Tile {
  level: number;
  index: number;
  /** Hashes, 1–256; below 256 the tile is partial. */
  width: number;
}

export function tilePath({ level, index, width }: Tile): string {
  const groups = [String(index % 1000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000))
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  return `${level}/${groups.join('/')}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** Nothing for what is no tile's path; every tile has one path only. */
export function parseTilePath(path: string): Tile | undefined {
  const found = /^(0|[1-9]\d?)\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path);
  if (!found) return undefined;
  const [, level = '', groups = '', width] = found;
  const tile = {
    level: Number(level),
    index: Number(groups.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  const known = Number.isSafeInteger(tile.index) && tile.level <= 63 && tile.width <= TILE_WIDTH;
  return known && tilePath(tile) === path ? tile : undefined;
}

/** How many hashes the tile has in a tree of this size; 0: it is not there yet. */
export function tileWidthAt(size: number, { level, index }: { level: number; index: number }): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/** The tiles of one level of a tree of this size, left to right; the last may be partial. */
export function tilesOf(size: number, level: number): Tile[] {
  const tiles: Tile[] = [];
  for (let index = 0; ; index += 1) {
    const width = tileWidthAt(size, { level, index });
    if (width === 0) return tiles;
    tiles.push({ level, index, width });
  }
}
