/** How long a node may keep a task (TRUST.md §5): three times what the version usually takes; for an unknown one by its fuel limit. */
import type { SchedulingPolicy } from '#libs/policy/policy.js';

export function leaseMs(version: { p95Ms?: number; history: boolean; fuelLimit: bigint }, policy: SchedulingPolicy): number {
  if (version.history && version.p95Ms !== undefined) {
    return Math.round(Math.min(policy.leaseMaxMs, Math.max(policy.leaseMinMs, policy.leaseFactor * version.p95Ms)));
  }
  return policy.leaseBaseMs + Number((version.fuelLimit * 1000n) / policy.fuelPerSecond);
}
