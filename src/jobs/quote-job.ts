/**
 * What a job may use and what is held for it (TRUST.md §6). The quote is known before anything runs: unit × R at the fuel limit
 * and the largest output. Pure; the version's facts and the policy come in.
 */
import { holdFor } from '#libs/credits/price.js';
import type { Policy } from '#libs/policy/policy.js';

export interface QuoteRequest {
  inputBytes: number;
  rateHundredths: number;
  /** What the caller asks for; absent: what the version has shown to need. */
  fuelLimit?: bigint;
  /** The most that may be held; absent: no cap. */
  maxChargeMicro?: bigint;
  version: { fuelLimit: bigint | null; maxOutputBytes: number; settledJobs: number; p99Fuel: bigint | null };
}

export type Quote =
  | { state: 'quoted'; fuelLimit: bigint; holdMicro: bigint; laneUnitMicro: bigint }
  | { state: 'refused'; pointer: string; detail: string };

/** New versions get the default; known ones twice their p99, with a floor that small functions cannot fall below. */
export function defaultFuelLimit(version: QuoteRequest['version'], policy: Policy): bigint {
  const { fuelDefault, fuelMax, fuelKnownMin } = policy.execution;
  if (version.fuelLimit !== null) return version.fuelLimit;
  if (version.settledJobs < policy.price.historyJobs || version.p99Fuel === null) return fuelDefault;
  const doubled = 2n * version.p99Fuel;
  const floored = doubled > fuelKnownMin ? doubled : fuelKnownMin;
  return floored < fuelMax ? floored : fuelMax;
}

export function quoteJob(request: QuoteRequest, policy: Policy): Quote {
  const { fuelMin, fuelMax } = policy.execution;
  const asked = request.fuelLimit ?? defaultFuelLimit(request.version, policy);
  if (asked < fuelMin || asked > fuelMax) {
    return { state: 'refused', pointer: '/fuelLimit', detail: `fuelLimit must be from ${fuelMin} to ${fuelMax}, was ${asked}` };
  }
  const holdOf = (fuelLimit: bigint, rateHundredths: number): bigint =>
    holdFor(
      { fuelLimit, inputBytes: request.inputBytes, maxOutputBytes: request.version.maxOutputBytes, rateHundredths },
      policy.price,
    );
  const quoted = (fuelLimit: bigint): Quote => ({
    state: 'quoted',
    fuelLimit,
    holdMicro: holdOf(fuelLimit, request.rateHundredths),
    laneUnitMicro: holdOf(fuelLimit, 100),
  });
  const cap = request.maxChargeMicro;
  if (cap === undefined || holdOf(asked, request.rateHundredths) <= cap) return quoted(asked);
  if (request.fuelLimit === undefined) {
    const fitting = largestFitting(fuelMin, asked, (fuel) => holdOf(fuel, request.rateHundredths) <= cap);
    if (fitting !== undefined) return quoted(fitting);
  }
  const needed = holdOf(request.fuelLimit === undefined ? fuelMin : asked, request.rateHundredths);
  return { state: 'refused', pointer: '/maxCharge', detail: `maxCharge ${cap} is below the quote; at least ${needed} is needed` };
}

/** The largest value in [low, high] that fits, by bisection; undefined when not even low does. */
function largestFitting(low: bigint, high: bigint, fits: (value: bigint) => boolean): bigint | undefined {
  if (!fits(low)) return undefined;
  let lower = low;
  let upper = high;
  while (lower < upper) {
    const middle = (lower + upper + 1n) / 2n;
    if (fits(middle)) lower = middle;
    else upper = middle - 1n;
  }
  return lower;
}
