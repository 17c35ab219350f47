/**
 * The price of work (TRUST.md §6). 1 CR is 10⁹ fuel-equivalents; a call, and each byte in or out, has a fuel-equivalent too.
 * Rounding is always up, in whole micro-credits, so that nothing is ever free by rounding.
 */
import type { PricePolicy } from '#libs/policy/policy.js';

export interface Work {
  fuel: bigint;
  inputBytes: number;
  outputBytes: number;
}

/** unit = max(10,000, ⌈(10⁷ + fuel + 1,000 × bytes) / 1,000⌉), in µCR. */
export function unitPrice(work: Work, price: PricePolicy): bigint {
  const bytes = BigInt(work.inputBytes) + BigInt(work.outputBytes);
  const equivalents = price.baseFuel + work.fuel + price.fuelPerByte * bytes;
  const unit = ceilDivide(equivalents, price.fuelPerMicro);
  return unit > price.minUnitMicro ? unit : price.minUnitMicro;
}

/** charged = ⌈unit × R⌉, R in hundredths. */
export function chargeOf(unit: bigint, rateHundredths: number): bigint {
  return ceilDivide(unit * BigInt(rateHundredths), 100n);
}

/** fee = ⌈unit / 100⌉. */
export function feeOf(unit: bigint, price: PricePolicy): bigint {
  return ceilDivide(unit, price.feeDivisor);
}

/** The quote at the fuel limit and the largest output: no settlement can ask for more. */
export function holdFor(
  job: { fuelLimit: bigint; inputBytes: number; maxOutputBytes: number; rateHundredths: number },
  price: PricePolicy,
): bigint {
  const unit = unitPrice({ fuel: job.fuelLimit, inputBytes: job.inputBytes, outputBytes: job.maxOutputBytes }, price);
  return chargeOf(unit, job.rateHundredths);
}

/** Of non-negative numbers. */
export function ceilDivide(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
