/** The 64 bits `Math.random` starts from: FNV-1a over the seed's text, mixed once, because xorshift starts badly from few bits. */
const MASK = (1n << 64n) - 1n;

/** Never 0: from there xorshift does not move. */
export function seedState(seed: string): bigint {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of new TextEncoder().encode(seed)) hash = ((hash ^ BigInt(byte)) * 0x100_0000_01b3n) & MASK;
  hash = ((hash ^ (hash >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & MASK;
  hash = ((hash ^ (hash >> 27n)) * 0x94d0_49bb_1331_11ebn) & MASK;
  return hash ^ (hash >> 31n) || 1n;
}
