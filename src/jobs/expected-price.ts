/** A job's price as weighed before it runs: the unit at the version's p99, or at the limits while it has no history. */
import { unitPrice } from '#libs/credits/price.js';
import type { Policy } from '#libs/policy/policy.js';
import type { VersionFacts } from '../functions/versions.js';

export function expectedPrice(
  job: { fuelLimit: bigint; inputBytes: number; maxOutputBytes: number },
  version: Pick<VersionFacts, 'settledJobs' | 'p99Fuel' | 'p99OutputBytes'>,
  policy: Policy,
): bigint {
  const known = version.settledJobs >= policy.price.historyJobs;
  return unitPrice(
    {
      fuel: known && version.p99Fuel !== null ? version.p99Fuel : job.fuelLimit,
      inputBytes: job.inputBytes,
      outputBytes: known && version.p99OutputBytes !== null ? version.p99OutputBytes : job.maxOutputBytes,
    },
    policy.price,
  );
}
