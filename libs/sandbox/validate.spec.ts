import { describe, expect, it } from 'vitest';
import { firstBytes, lastBytes } from './failure-output.js';
import { validateSource } from './validate.js';

const codes = (source: Uint8Array) => validateSource(source, { sourceBytes: 10 }).map(({ code }) => code);

describe('a source', () => {
  it('is text of a limited size', () => {
    expect(codes(new TextEncoder().encode('export {}é'))).toEqual(['too_large']);
    expect(codes(new TextEncoder().encode('export {}'))).toEqual([]);
    expect(codes(new Uint8Array())).toEqual(['empty']);
    expect(codes(new Uint8Array([0xff]))).toEqual(['not_utf8']);
    expect(codes(new Uint8Array([65, 0]))).toEqual(['contains_nul']);
  });
});

describe('a text cut to bytes', () => {
  it('keeps whole characters', () => {
    expect([firstBytes('aé', 2), firstBytes('aé', 3), firstBytes('🍲🍲', 7)]).toEqual(['a', 'aé', '🍲']);
    expect([lastBytes('éa', 2), lastBytes('éa', 3), lastBytes('🍲🍲', 7)]).toEqual(['a', 'éa', '🍲']);
  });
});
