/** Whether a single result may stand: it was leased alone, and it cost no more than the price its node's stake was weighed with. */
import { unitPrice } from '#libs/credits/price.js';
import type { Policy } from '#libs/policy/policy.js';
import type { VersionFacts } from '../functions/versions.js';
import { expectedPrice } from '../jobs/expected-price.js';
import type { JobRows } from './job-situation.js';

export function workedAlone({ job, results }: JobRows, version: VersionFacts, policy: Policy): boolean {
  const [first, ...others] = results.filter((result) => result.ended <= 8);
  if (!first?.alone || others.length > 0) return false;
  const unit = unitPrice(
    { fuel: first.fuel ?? 0n, inputBytes: job.inputBytes, outputBytes: first.outputBytes ?? 0 },
    policy.price,
  );
  return unit <= expectedPrice(job, version, policy);
}
