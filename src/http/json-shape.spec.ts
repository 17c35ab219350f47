import { describe, expect, it } from 'vitest';
import { checkShape, checkText } from './json-shape.js';

const shape = { jsonDepth: 3, jsonNodes: 5 };
const place = { what: 'a value', pointer: '/here' };

describe('a JSON value', () => {
  it.each([[1], [[[]]], [{ a: { b: 1 } }], [[1, 2, 3, 4]]])('within its bounds is taken: %j', (value) => {
    expect(checkShape(value, shape, place)).toBeUndefined();
  });

  it.each([
    [[[[1]]], /nested 3 deep/],
    [[1, 2, 3, 4, 5], /5 values/],
  ])('beyond them is refused: %j', (value, words) => {
    expect(() => checkShape(value, shape, place)).toThrow(words);
  });

  it('of a million levels is refused, not choked on', () => {
    const deep = JSON.parse('['.repeat(1_000_000) + ']'.repeat(1_000_000));
    expect(() => checkShape(deep, { jsonDepth: 64, jsonNodes: 100_000 }, place)).toThrow(/64 deep/);
  });
});

describe('text', () => {
  it.each(['', 'ä', '\u{1f600}', { 'a\n': ['b'] }])('is taken: %j', (value) => {
    expect(checkText(value, '')).toBeUndefined();
  });

  it.each(['a\0b', ['x', { y: '\ud800' }], { '\udc00a': 1 }, { '\0': 1 }])('that no database keeps is refused: %j', (value) => {
    expect(() => checkText(value, '/here')).toThrow(/U\+0000/);
  });
});
