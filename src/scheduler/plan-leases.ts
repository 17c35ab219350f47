/**
 * From ready tasks and waiting nodes to the leases that one match writes. Pure but for the ids it draws: `assign` of
 * libs/scheduling decides who gets what; here its answer becomes rows.
 */
import { randomUUID } from 'node:crypto';
import type { Policy } from '#libs/policy/policy.js';
import type { Assignment, ReadyTask, Waiter } from '#libs/scheduling/assign.js';
import { leaseMs } from '#libs/scheduling/lease-length.js';
import { newId } from '#libs/signing/ids.js';
import { logOddsMicro } from '#libs/trust/credibility.js';
import { wantedOf } from '#libs/trust/verdict.js';
import type { VersionFacts } from '../functions/versions.js';
import { assuranceOf } from '../jobs/assurance-text.js';
import { expectedPrice } from '../jobs/expected-price.js';
import type { ClaimedTask, NewLease, PreviousOwner } from '../jobs/ready-tasks.js';
import type { WaitingPoll } from './waiting-polls.js';

/** One answer never carries more input than this; what is over stays in the queue. */
const ANSWER_INPUT_BYTES = 16 * 1_048_576;

export function readyTask(task: ClaimedTask, version: VersionFacts, previous: PreviousOwner[], policy: Policy): ReadyTask {
  return {
    jobId: task.jobId,
    submitterId: task.submitterId,
    tag: task.tag,
    runtimeId: version.runtimeId,
    abi: version.abi,
    thresholds: wantedOf(assuranceOf(task.assurance), policy),
    priceMicro: expectedPrice(task, version, policy),
    ownNodesOnly: task.ownNodesOnly,
    regions: task.placement?.regions ?? null,
    near: task.placement?.near ?? null,
    readySince: task.readyAt.getTime(),
    attempts: task.attempts,
    owners: previous.map(({ ownerId }) => ownerId),
    addressRanges: previous.flatMap(({ addressRange }) => (addressRange === null ? [] : [addressRange])),
    newcomerVoted: task.participantRequired,
    retry: previous.some(({ lapsed }) => lapsed),
  };
}

export function waiterOf(poll: WaitingPoll, load: { open: number; stakeMicro: bigint; leasedAloneMicro: bigint }): Waiter {
  return {
    nodeId: poll.nodeId,
    ownerId: poll.ownerId,
    addressRange: poll.addressRange,
    region: poll.region,
    stage: poll.stage,
    credibility: poll.credibility,
    reliability: poll.reliability,
    rank: poll.rank,
    runtimes: poll.runtimes,
    slots: Math.max(0, Math.min(poll.slots, poll.quota - load.open)),
    stakeMicro: load.stakeMicro,
    leasedAloneMicro: load.leasedAloneMicro,
    waitingSince: poll.waitingSince,
  };
}

export interface LeaseContext {
  tasks: ReadonlyMap<string, ClaimedTask>;
  versions: ReadonlyMap<string, VersionFacts>;
  polls: ReadonlyMap<string, WaitingPoll>;
  previous: ReadonlyMap<string, PreviousOwner[]>;
  participantOwners: ReadonlySet<string>;
  policy: Policy;
}

export function newLeases(assignments: Assignment[], context: LeaseContext): NewLease[] {
  const inputBytes = new Map<string, number>();
  return assignments.flatMap((assignment) => {
    const task = context.tasks.get(assignment.jobId) as ClaimedTask;
    const carried = inputBytes.get(assignment.nodeId) ?? 0;
    if (carried > 0 && carried + task.inputBytes > ANSWER_INPUT_BYTES) return [];
    inputBytes.set(assignment.nodeId, carried + task.inputBytes);
    return [newLease(assignment, task, context)];
  });
}

function newLease(assignment: Assignment, task: ClaimedTask, context: LeaseContext): NewLease {
  const poll = context.polls.get(assignment.nodeId) as WaitingPoll;
  const version = context.versions.get(task.versionId) as VersionFacts;
  const newcomer = poll.stage === 'probation';
  return {
    jobId: task.jobId,
    ownerId: poll.ownerId,
    nodeId: poll.nodeId,
    leaseId: newId(),
    token: randomUUID(),
    requestId: poll.requestId,
    leaseMs: leaseMs(
      {
        ...(version.p95TurnaroundMs === null ? {} : { p95Ms: version.p95TurnaroundMs }),
        history: version.settledJobs >= context.policy.price.historyJobs,
        fuelLimit: task.fuelLimit,
      },
      context.policy.scheduling,
    ),
    priceMicro: expectedPrice(task, version, context.policy),
    logOddsMicro: logOddsMicro(poll.credibility),
    alone: assignment.alone,
    newcomer,
    addressRange: poll.addressRange,
    openAfter: openAfter(assignment, task, newcomer, context),
    participantRequiredAfter: newcomer,
  };
}

/**
 * How many executions stay open: none where this one may stand alone; else a second one at once, but only where its vote could
 * count: beside a newcomer only a participant's does, and with none online the referee is the next vote.
 */
function openAfter(assignment: Assignment, task: ClaimedTask, newcomer: boolean, context: LeaseContext): number {
  if (assignment.alone || task.ownNodesOnly) return task.open - 1;
  if (task.attempts > 0) return task.open - 1;
  const taken = new Set([task.submitterId, context.polls.get(assignment.nodeId)?.ownerId]);
  const elsewhere = [...context.participantOwners].some((owner) => !taken.has(owner));
  return newcomer && !elsewhere ? task.open - 1 : task.open;
}
