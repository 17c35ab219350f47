import { describe, expect, it } from 'vitest';
import { ByteReader } from './byte-reader.js';

const reader = (...bytes: number[]) => new ByteReader(Uint8Array.from(bytes));

describe('the reader of the oracle', () => {
  it('reads LEB128 with its sign and padding', () => {
    expect(reader(0xe5, 0x8e, 0x26).u32()).toBe(624485);
    expect(reader(0x80, 0x80, 0x80, 0x80, 0x00).u32()).toBe(0);
    expect(reader(0xff, 0xff, 0xff, 0xff, 0x0f).u32()).toBe(0xffffffff);
    expect(reader(0x40).i32()).toBe(-64);
    expect(reader(0x80, 0x80, 0x80, 0x80, 0x78).i32()).toBe(-(2 ** 31));
    expect(reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f).i64()).toBe(-(2n ** 63n));
  });

  it('refuses numbers that are overlong, too large or cut off', () => {
    expect(() => reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x00).u32()).toThrow('more than 5 bytes');
    expect(() => reader(0xff, 0xff, 0xff, 0xff, 0x1f).u32()).toThrow('beyond 32 bits');
    expect(() => reader(0xff, 0xff, 0xff, 0xff, 0x3f).i32()).toThrow('beyond 32 bits');
    expect(() => reader(0x80).u32()).toThrow('ends in the middle');
    expect(() => reader(0x05, 0x61).name()).toThrow('beyond the end');
  });
});
