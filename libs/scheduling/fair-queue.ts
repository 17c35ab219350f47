/**
 * Start-time fair queueing (Goyal, Vin, Cheng 1996): each account has a lane; a job starts at max(V, lane finish) and moves its
 * lane's finish on by its cost over the lane's weight. Served in start order, no lane starves, whatever another one submits.
 */
import type { SchedulingPolicy } from '#libs/policy/policy.js';

/** w = clamp((earned + line) / max(1, spent), 0.25, 1): who serves is served first, nobody is shut out. */
export function laneWeight(
  account: { earnedMicro: bigint; lineMicro: bigint; spentMicro: bigint },
  policy: SchedulingPolicy,
): number {
  const spent = account.spentMicro > 1n ? account.spentMicro : 1n;
  const ratio = Number(account.earnedMicro + account.lineMicro) / Number(spent);
  return Math.min(policy.laneWeightMax, Math.max(policy.laneWeightMin, ratio));
}

/** The start tags of jobs of these units in one lane, and where the lane ends. */
export function tagJobs(lane: { virtualTime: bigint; laneFinish: bigint; weight: number; units: readonly bigint[] }): {
  starts: bigint[];
  finish: bigint;
} {
  let at = lane.laneFinish > lane.virtualTime ? lane.laneFinish : lane.virtualTime;
  const starts: bigint[] = [];
  for (const unit of lane.units) {
    starts.push(at);
    at += laneCost(unit, lane.weight);
  }
  return { starts, finish: at };
}

/** unit / weight, in whole micro-credits. */
export function laneCost(unit: bigint, weight: number): bigint {
  return weight === 1 ? unit : (unit * 1000n) / BigInt(Math.round(weight * 1000));
}
