/**
 * What `random_get` answers: xoshiro128** (Blackman and Vigna, 2018), its state taken from the seed's 64 bits by SplitMix64 (Steele,
 * Lea and Flood, 2014), its outputs as little-endian bytes. Every call begins with a new output. Not for keys: the seed is public.
 */
import { seedState } from '../javascript/seed-state.js';

const MASK = (1n << 64n) - 1n;

export class RandomBytes {
  private readonly state: Uint32Array;

  constructor(seed: string) {
    let z = seedState(seed);
    const words: number[] = [];
    while (words.length < 4) {
      z = (z + 0x9e37_79b9_7f4a_7c15n) & MASK;
      let mixed = ((z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & MASK;
      mixed = ((mixed ^ (mixed >> 27n)) * 0x94d0_49bb_1331_11ebn) & MASK;
      mixed ^= mixed >> 31n;
      words.push(Number(mixed & 0xffff_ffffn), Number(mixed >> 32n));
    }
    this.state = Uint32Array.from(words);
  }

  fill(target: Uint8Array): void {
    for (let i = 0; i < target.length; i += 4) {
      const word = this.next();
      for (let j = 0; j < 4 && i + j < target.length; j++) target[i + j] = word >>> (8 * j);
    }
  }

  private next(): number {
    const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = this.state;
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9);
    const t2 = s2 ^ s0;
    const t3 = s3 ^ s1;
    this.state[0] = s0 ^ t3;
    this.state[1] = s1 ^ t2;
    this.state[2] = t2 ^ (s1 << 9);
    this.state[3] = rotateLeft(t3, 11);
    return result;
  }
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
