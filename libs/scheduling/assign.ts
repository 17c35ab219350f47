/**
 * Which waiting node gets which ready task (TRUST.md §1, §2, §5). Tasks come in queue order and each gets at most one node a wave.
 * Among the nodes that may take a task one is drawn by power-of-8 sampling weighted by rank, never the plain best: herds and
 * favourites both end that way. A share of the traffic is kept for newcomers.
 */
import type { Policy } from '#libs/policy/policy.js';
import { mayWorkAlone } from '#libs/trust/alone.js';
import type { Stage } from '#libs/trust/node-record.js';
import type { Wanted } from '#libs/trust/verdict.js';

export type IdleReason = 'no_demand' | 'probation_share' | 'quota' | 'region' | 'runtime';

export interface ReadyTask {
  jobId: string;
  submitterId: string;
  tag: bigint;
  runtimeId: string;
  abi: string;
  thresholds: Wanted;
  priceMicro: bigint;
  ownNodesOnly: boolean;
  /** Strict: only nodes of these regions. */
  regions: string[] | null;
  /** Wins ties for a moment. */
  near: string | null;
  readySince: number;
  /** Leases so far. */
  attempts: number;
  /** Who had it already. */
  owners: string[];
  addressRanges: string[];
  /** A newcomer has or had it: this one must be a participant. */
  newcomerVoted: boolean;
  retry: boolean;
}

export interface Waiter {
  nodeId: string;
  ownerId: string;
  /** null: exempt (private and loopback ranges). */
  addressRange: string | null;
  region: string | null;
  stage: Stage;
  credibility: number;
  reliability: number;
  rank: number;
  runtimes: string[];
  /** Tasks it may be given now: its own free slots, at most what its quota leaves. */
  slots: number;
  stakeMicro: bigint;
  leasedAloneMicro: bigint;
  waitingSince: number;
}

export interface Assignment {
  jobId: string;
  nodeId: string;
  alone: boolean;
}

export interface AssignContext {
  policy: Policy;
  now: number;
  random: () => number;
}

interface Candidate {
  waiter: Waiter;
  left: number;
  runtimes: Set<string>;
  refused: IdleReason;
}

/** How many nodes are looked at for one task before it is left for the next wave: a bound on the work of one match. */
const LOOKS_PER_TASK = 64;

export function assign(
  tasks: readonly ReadyTask[],
  waiters: readonly Waiter[],
  context: AssignContext,
): { assignments: Assignment[]; idle: Map<string, IdleReason> } {
  const candidates = waiters.map(
    (waiter): Candidate => ({
      waiter,
      left: waiter.slots,
      runtimes: new Set(waiter.runtimes),
      refused: waiter.slots > 0 ? 'no_demand' : 'quota',
    }),
  );
  const exposure = new Map(waiters.map(({ ownerId, leasedAloneMicro }) => [ownerId, leasedAloneMicro]));
  const free = candidates.filter((candidate) => candidate.left > 0);
  const assignments: Assignment[] = [];
  let newcomerTurn =
    context.random() * 100 < context.policy.goodwill.newcomerShareHundredths ? 0 : reservedEvery(context.policy) - 1;
  for (const task of tasks) {
    if (free.length === 0) break;
    const eligible = eligibleFor(task, free, context);
    if (eligible.length === 0) continue;
    const pool = reserve(eligible, newcomerTurn <= 0);
    const chosen = draw(pool, context);
    if (chosen.waiter.stage === 'probation') newcomerTurn = reservedEvery(context.policy);
    else newcomerTurn -= 1;
    const alone = worksAlone(task, chosen.waiter, exposure, context);
    if (alone) exposure.set(chosen.waiter.ownerId, (exposure.get(chosen.waiter.ownerId) ?? 0n) + task.priceMicro);
    assignments.push({ jobId: task.jobId, nodeId: chosen.waiter.nodeId, alone });
    chosen.left -= 1;
    if (chosen.left === 0) free.splice(free.indexOf(chosen), 1);
  }
  const idle = new Map(candidates.map(({ waiter, refused }) => [waiter.nodeId, refused]));
  return { assignments, idle };
}

const reservedEvery = (policy: Policy): number => Math.round(100 / Math.max(1, policy.goodwill.newcomerShareHundredths));

/** Participants first while any may take it, but for the newcomers' turn; newcomers alone take what comes. */
function reserve(eligible: Candidate[], newcomersTurn: boolean): Candidate[] {
  const newcomers = eligible.filter(({ waiter }) => waiter.stage === 'probation');
  if (newcomers.length === 0 || newcomers.length === eligible.length) return eligible;
  if (newcomersTurn) return newcomers;
  for (const newcomer of newcomers) newcomer.refused = 'probation_share';
  return eligible.filter(({ waiter }) => waiter.stage !== 'probation');
}

function eligibleFor(task: ReadyTask, free: Candidate[], context: AssignContext): Candidate[] {
  const eligible: Candidate[] = [];
  const start = free.length > LOOKS_PER_TASK ? Math.floor(context.random() * free.length) : 0;
  const looks = Math.min(free.length, LOOKS_PER_TASK);
  for (let look = 0; look < looks; look += 1) {
    const candidate = free[(start + look) % free.length] as Candidate;
    const reason = refusal(task, candidate, context);
    if (reason === undefined) eligible.push(candidate);
    else if (candidate.refused === 'no_demand') candidate.refused = reason;
  }
  return preferred(task, eligible, context);
}

function refusal(task: ReadyTask, { waiter, runtimes }: Candidate, _context: AssignContext): IdleReason | undefined {
  const own = waiter.ownerId === task.submitterId;
  if (own !== task.ownNodesOnly) return 'no_demand';
  if (!runtimes.has(task.runtimeId)) return 'runtime';
  if (task.regions && (waiter.region === null || !task.regions.includes(waiter.region))) return 'region';
  if (task.ownNodesOnly) return undefined;
  if (task.newcomerVoted && waiter.stage === 'probation') return 'probation_share';
  if (task.owners.includes(waiter.ownerId)) return 'no_demand';
  if (waiter.addressRange !== null && task.addressRanges.includes(waiter.addressRange)) return 'no_demand';
  return undefined;
}

/** Retries go to the reliable, near tasks to the near, each only for a moment: then anyone may. */
function preferred(task: ReadyTask, eligible: Candidate[], { policy, now }: AssignContext): Candidate[] {
  const waitedMs = now - task.readySince;
  let pool = eligible;
  if (task.retry) {
    const reliable = pool.filter(({ waiter }) => waiter.reliability >= policy.reputation.retryReliability);
    if (reliable.length > 0) pool = reliable;
    else if (waitedMs < policy.reputation.retryPatienceMs) pool = [];
    else pool = best(pool);
  }
  if (task.near !== null) {
    const near = pool.filter(({ waiter }) => waiter.region === task.near);
    if (near.length > 0) pool = near;
    else if (waitedMs < policy.scheduling.nearPatienceMs) pool = [];
  }
  return pool;
}

/** The most reliable of the pool, a tie being a tie. */
function best(pool: Candidate[]): Candidate[] {
  const top = Math.max(...pool.map(({ waiter }) => waiter.reliability));
  return pool.filter(({ waiter }) => waiter.reliability >= top - 1e-9);
}

/** Of eight drawn at random, one by rank's weight. */
function draw(pool: Candidate[], { policy, random }: AssignContext): Candidate {
  const power = policy.scheduling.samplePower;
  const sample =
    pool.length <= power ? pool : Array.from({ length: power }, () => pool[Math.floor(random() * pool.length)] as Candidate);
  const weights = sample.map(({ waiter, left }) => Math.max(1e-6, waiter.rank) * left);
  let at = random() * weights.reduce((sum, weight) => sum + weight, 0);
  for (let place = 0; place < sample.length; place += 1) {
    at -= weights[place] as number;
    if (at <= 0) return sample[place] as Candidate;
  }
  return sample.at(-1) as Candidate;
}

function worksAlone(task: ReadyTask, waiter: Waiter, exposure: Map<string, bigint>, { policy }: AssignContext): boolean {
  if (task.ownNodesOnly || waiter.stage !== 'participant' || task.attempts > 0) return false;
  if (task.thresholds.refereeRequired || task.thresholds.minOwners > 1) return false;
  return mayWorkAlone(
    {
      credibility: waiter.credibility,
      threshold: task.thresholds.threshold,
      stakeMicro: waiter.stakeMicro,
      leasedAloneMicro: exposure.get(waiter.ownerId) ?? 0n,
      priceMicro: task.priceMicro,
    },
    policy.stake,
  );
}
