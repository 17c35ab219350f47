/** Whole parts of a whole: nothing is lost or made by rounding, and the same input always divides the same way. */

/** A share of the policy (0.1) of an amount, rounded down; shares count in millionths. */
export function shareOf(amountMicro: bigint, share: number): bigint {
  return (amountMicro * BigInt(Math.round(share * 1e6))) / 1_000_000n;
}

/**
 * Divides `total` by `weights` with the largest remainders rounded up (Hamilton). The parts sum to `total` exactly; of equal remainders
 * the earlier goes first. Without any weight nobody gets anything.
 */
export function divideByWeight(total: bigint, weights: readonly bigint[]): bigint[] {
  const sum = weights.reduce((all, weight) => all + weight, 0n);
  if (sum <= 0n || total <= 0n) return weights.map(() => 0n);
  const parts = weights.map((weight) => (total * weight) / sum);
  const left = Number(total - parts.reduce((all, part) => all + part, 0n));
  const byRemainder = weights
    .map((weight, place) => ({ place, remainder: (total * weight) % sum }))
    .sort((one, other) =>
      one.remainder === other.remainder ? one.place - other.place : one.remainder < other.remainder ? 1 : -1,
    );
  for (const { place } of byRemainder.slice(0, left)) parts[place] = (parts[place] as bigint) + 1n;
  return parts;
}
