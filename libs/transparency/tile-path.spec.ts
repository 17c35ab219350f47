import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTilePath, tilePath, tilesOf, tileWidthAt } from './tile-path.js';

describe('a tile', () => {
  it.each([
    ['0/x001/x234/067', { level: 0, index: 1234067, width: 256 }],
    ['0/000', { level: 0, index: 0, width: 256 }],
    ['1/999.p/17', { level: 1, index: 999, width: 17 }],
    ['2/x001/000.p/255', { level: 2, index: 1000, width: 255 }],
  ])('has the path %s', (path, tile) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  it.each([
    ...[
      '',
      '0',
      '00/000',
      '0/0',
      '0/x000/000',
      '0/001/000',
      '0/x001',
      '64/000',
      '-1/000',
      '0/000.p/0',
      '0/000.p/256',
      '0/000.p/01',
    ],
    ...['0/000.p', '0/000/', '0/../000', '0/x999/x999/x999/x999/x999/999', '0/0a0', '0/1000', '0/000.p/17/', ' 0/000'],
  ])('has not the path %j', (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });

  it('has one path, whatever its place', () => {
    fc.assert(
      fc.property(
        fc.nat(6),
        fc.nat({ max: Number.MAX_SAFE_INTEGER }),
        fc.integer({ min: 1, max: 256 }),
        (level, index, width) => {
          expect(parseTilePath(tilePath({ level, index, width }))).toEqual({ level, index, width });
        },
      ),
    );
  });
});

it('A tree of 70,000 has the tiles of the specification’s example', () => {
  expect(tilesOf(70_000, 0)).toHaveLength(274);
  expect(tilesOf(70_000, 0).at(-1)).toEqual({ level: 0, index: 273, width: 112 });
  expect(tilesOf(70_000, 1)).toEqual([
    { level: 1, index: 0, width: 256 },
    { level: 1, index: 1, width: 17 },
  ]);
  expect(tilesOf(70_000, 2)).toEqual([{ level: 2, index: 0, width: 1 }]);
  expect(tilesOf(70_000, 3)).toEqual([]);
  expect(tilesOf(256, 1)).toEqual([{ level: 1, index: 0, width: 1 }]);
  expect(tileWidthAt(70_000, { level: 0, index: 274 })).toBe(0);
});
