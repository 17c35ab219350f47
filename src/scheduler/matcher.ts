/**
 * One matcher a process. It holds the waiting long-polls in memory; on a hint, or every tick while anyone waits, it locks ready
 * tasks (SKIP LOCKED, so matchers of several processes never wait for each other), lets the pure `assign` choose, writes all
 * leases in one statement and answers. An empty queue costs one cheap query a tick, not one a poller.
 */
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { assign } from '#libs/scheduling/assign.js';
import { Transaction } from '../database/transaction.js';
import { type VersionFacts, Versions } from '../functions/versions.js';
import { decodeLeaseToken } from '../jobs/lease-token.js';
import { Leases } from '../jobs/leases.js';
import { type ClaimedTask, type NewLease, type PreviousOwner, ReadyTasks } from '../jobs/ready-tasks.js';
import { Ledger } from '../ledger/ledger.js';
import { Presence } from '../nodes/presence.js';
import { Hints } from '../queue/hints.js';
import { Settings } from '../settings/settings.js';
import { type LeaseAnswer, leaseAnswer } from './lease-answer.js';
import { type LeaseContext, newLeases, readyTask, waiterOf } from './plan-leases.js';
import { type WaitingPoll, WaitingPolls } from './waiting-polls.js';

/** More waiting nodes than this are drawn from: one match stays small whatever waits. */
const POLLS_PER_MATCH = 512;

interface Match {
  claimed: number;
  highestTag: bigint;
  answers: Map<WaitingPoll, LeaseAnswer[]>;
}

@Injectable()
export class Matcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly polls = new WaitingPolls();
  private readonly logger = new Logger(Matcher.name);
  private timer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  /** Where the scan goes on after a window in which nothing could be assigned; back to the start with the next tick. */
  private scanFrom = 0n;

  constructor(
    private readonly transaction: Transaction,
    private readonly readyTasks: ReadyTasks,
    private readonly leases: Leases,
    private readonly versions: Versions,
    private readonly ledger: Ledger,
    private readonly presence: Presence,
    private readonly hints: Hints,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    this.stopListening = this.hints.on('ready', () => this.wake());
    this.timer = setInterval(() => {
      this.scanFrom = 0n;
      this.wake();
    }, this.settings.policy.scheduling.tickMs);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.stopListening?.();
    for (const poll of this.polls.drain()) poll.answer({ leases: [], idleReason: 'no_demand' });
    await this.running;
  }

  /** Matches as soon as the present match is over. */
  wake(): void {
    if (this.polls.size === 0) return;
    this.again = true;
    this.running ??= this.run()
      .catch((error: unknown) => this.logger.error(error))
      .finally(() => {
        this.running = undefined;
      });
  }

  private async run(): Promise<void> {
    while (this.again && this.polls.size > 0) {
      this.again = false;
      const { claimLimit } = this.settings.policy.scheduling;
      const match = await this.transaction.run((tx) => this.match(tx));
      await this.answer(match.answers);
      const full = match.claimed >= claimLimit;
      // A window of tasks that nobody may take must not hide what stands behind it.
      this.scanFrom = full && match.answers.size === 0 ? match.highestTag + 1n : 0n;
      if (full) this.again = true;
    }
  }

  /** A poll that ended while the match was being written gets nothing: its leases go back at once, without a lapse. */
  private async answer(answers: Map<WaitingPoll, LeaseAnswer[]>): Promise<void> {
    const unwanted: LeaseAnswer[] = [];
    for (const [poll, leases] of answers) {
      if (this.polls.remove(poll)) poll.answer({ leases });
      else unwanted.push(...leases);
    }
    const keys = unwanted.flatMap(({ token }) => decodeLeaseToken(token) ?? []);
    if (keys.length > 0) await this.transaction.run((tx) => this.leases.return(tx, keys));
  }

  private async match(tx: EntityManager): Promise<Match> {
    const { policy } = this.settings;
    const polls = this.polls.sample(POLLS_PER_MATCH, Math.random);
    const claimed = await this.readyTasks.claim(tx, {
      from: this.scanFrom,
      limit: policy.scheduling.claimLimit,
      perLane: policy.scheduling.claimPerLane,
    });
    const nothing = { claimed: claimed.length, highestTag: 0n, answers: new Map<WaitingPoll, LeaseAnswer[]>() };
    if (claimed.length === 0 || polls.length === 0) return nothing;
    const context = await this.contextOf(tx, claimed, polls);
    const waiters = await this.waiters(tx, polls);
    const ready = claimed.flatMap((task) => {
      const version = context.versions.get(task.versionId);
      return version ? [readyTask(task, version, context.previous.get(task.jobId) ?? [], policy)] : [];
    });
    const { assignments, idle } = assign(ready, waiters, { policy, now: Date.now(), random: Math.random });
    for (const poll of polls) poll.idleReason = idle.get(poll.nodeId) ?? 'no_demand';
    const leases = newLeases(assignments, context);
    const highestTag = claimed.at(-1)?.tag ?? 0n;
    if (leases.length === 0) return { ...nothing, highestTag };
    return { claimed: claimed.length, highestTag, answers: await this.write(tx, leases, context) };
  }

  private async contextOf(tx: EntityManager, claimed: ClaimedTask[], polls: WaitingPoll[]): Promise<LeaseContext> {
    const retried = claimed.filter((task) => task.attempts > 0).map(({ jobId }) => jobId);
    const previous = new Map<string, PreviousOwner[]>();
    for (const owner of await this.readyTasks.previousOwners(tx, retried)) {
      previous.set(owner.jobId, [...(previous.get(owner.jobId) ?? []), owner]);
    }
    const online = await this.presence.participantsOnline();
    return {
      tasks: new Map(claimed.map((task) => [task.jobId, task])),
      versions: await this.versions.byIds([...new Set(claimed.map(({ versionId }) => versionId))]),
      polls: new Map(polls.map((poll) => [poll.nodeId, poll])),
      previous,
      participantOwners: new Set(online.map(({ ownerId }) => ownerId)),
      policy: this.settings.policy,
    };
  }

  private async waiters(tx: EntityManager, polls: WaitingPoll[]) {
    const owners = [...new Set(polls.map(({ ownerId }) => ownerId))];
    const load = await this.leases.loadOf(tx, owners);
    const balances = await this.ledger.balances(owners);
    const openOfNode = new Map(load.map(({ nodeId, open }) => [nodeId, open]));
    const aloneOfOwner = new Map<string, bigint>();
    for (const { ownerId, leasedAloneMicro } of load) {
      aloneOfOwner.set(ownerId, (aloneOfOwner.get(ownerId) ?? 0n) + leasedAloneMicro);
    }
    return polls.map((poll) =>
      waiterOf(poll, {
        open: openOfNode.get(poll.nodeId) ?? 0,
        stakeMicro: balances.get(poll.ownerId)?.stakeMicro ?? 0n,
        leasedAloneMicro: aloneOfOwner.get(poll.ownerId) ?? 0n,
      }),
    );
  }

  private async write(tx: EntityManager, leases: NewLease[], context: LeaseContext): Promise<Map<WaitingPoll, LeaseAnswer[]>> {
    const tags = leases.map((lease) => (context.tasks.get(lease.jobId) as ClaimedTask).tag);
    const highestTag = tags.reduce((highest, tag) => (tag > highest ? tag : highest), 0n);
    const reviewMs = this.settings.policy.verdict.eligibleOwnerWaitMs;
    const inputs = await this.readyTasks.lease(tx, leases, { reviewMs, highestTag });
    const answers = new Map<WaitingPoll, LeaseAnswer[]>();
    for (const lease of leases) {
      const task = context.tasks.get(lease.jobId) as ClaimedTask;
      const poll = context.polls.get(lease.nodeId) as WaitingPoll;
      const version = context.versions.get(task.versionId) as VersionFacts;
      const list = answers.get(poll) ?? [];
      list.push(leaseAnswer(lease, task, version, inputs.get(lease.jobId) as Buffer));
      answers.set(poll, list);
    }
    return answers;
  }
}
