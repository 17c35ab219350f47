/** Log-spaced buckets, eight to the octave: a quantile from a handful of counters, at most 9 % above the true value. */
const PER_OCTAVE = 8;

/** The bucket of a value ≥ 0; 0 and 1 share bucket 0. */
export function bucketOf(value: number): number {
  return value <= 1 ? 0 : Math.ceil(Math.log2(value) * PER_OCTAVE - 1e-9);
}

/** The largest value of a bucket. */
export function bucketEdge(bucket: number): number {
  return 2 ** (bucket / PER_OCTAVE);
}

/** The upper edge of the bucket in which the q-quantile lies; undefined where nothing was counted. */
export function quantileOf(counts: ReadonlyMap<number, number>, q: number): number | undefined {
  const buckets = [...counts.entries()].sort(([one], [other]) => one - other);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return undefined;
  let seen = 0;
  for (const [bucket, count] of buckets) {
    seen += count;
    if (seen >= q * total) return bucketEdge(bucket);
  }
  return undefined;
}
