/**
 * Counts the primes below a number, by the sieve of Eratosthenes. Input as `{"below":100}` or `100`, output as `{"count":25}`.
 *
 *   npx asc primes.ts --outFile primes.wasm -O3 --runtime stub --use abort=
 *   potluck deploy primes.wasm --abi handle
 *   potluck invoke primes '{"below":100}'      {"count":25}
 *
 * `--runtime stub` never frees: each call gets a fresh memory. `--use abort=` takes away the one function AssemblyScript would import.
 */

export function alloc(bytes: i32): usize {
  return heap.alloc(bytes);
}

export function handle(input: usize, length: i32): u64 {
  const text = String.UTF8.decodeUnsafe(input, length);
  const output = String.UTF8.encode(`{"count":${countPrimes(firstNumber(text))}}`);
  return ((changetype<usize>(output) as u64) << 32) | output.byteLength;
}

/** The first run of digits: AssemblyScript has no JSON parser of its own. */
function firstNumber(text: string): u32 {
  let value: u32 = 0;
  let started = false;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      started = true;
    } else if (started) {
      break;
    }
  }
  return value;
}

function countPrimes(below: u32): u32 {
  const composite = new Uint8Array(below);
  let count: u32 = 0;
  for (let n: u32 = 2; n < below; n++) {
    if (composite[n] === 1) continue;
    count++;
    for (let multiple = (n as u64) * n; multiple < below; multiple += n) composite[multiple as u32] = 1;
  }
  return count;
}
