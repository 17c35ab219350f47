/** The tour's function, and the same sum done here, to hold the grid's answers against. */

export const primesName = 'primes';

/** The sieve of Eratosthenes. Deployed as it stands: this text is the function's code. */
export const primesSource = `/** Counts the primes below a number by the sieve of Eratosthenes. */
export default function primes({ below }) {
  const isComposite = new Uint8Array(below);
  let count = 0;
  let largest = null;
  for (let n = 2; n < below; n += 1) {
    if (isComposite[n]) continue;
    count += 1;
    largest = n;
    for (let multiple = n * n; multiple < below; multiple += n) isComposite[multiple] = 1;
  }
  return { below, count, largest };
}
`;

export interface Primes {
  below: number;
  count: number;
  largest: number | null;
}

/** By trial division, another way than the function's, so that the two do not share a mistake. */
export function primesBelow(below: number): Primes {
  const found: number[] = [];
  for (let n = 2; n < below; n += 1) {
    let isPrime = true;
    for (const prime of found) {
      if (prime * prime > n) break;
      if (n % prime !== 0) continue;
      isPrime = false;
      break;
    }
    if (isPrime) found.push(n);
  }
  return { below, count: found.length, largest: found.at(-1) ?? null };
}
