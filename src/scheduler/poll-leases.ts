/**
 * A worker asks for work. The same requestId answers the same leases, so a lost answer costs nothing; a lease that the node does
 * not name in `have` is one it does not have any more and goes back to the queue, without a lapse while that is rare.
 */
import { Injectable } from '@nestjs/common';
import { nodeCredibility, rank, reliability } from '#libs/trust/node-record.js';
import { Transaction } from '../database/transaction.js';
import { Versions } from '../functions/versions.js';
import type { NodeCaller } from '../http/caller.js';
import { JobFactsReader } from '../jobs/job-facts.js';
import { Leases, type OpenLease } from '../jobs/leases.js';
import { NodeStanding } from '../nodes/node-standing.js';
import { Presence } from '../nodes/presence.js';
import { Settings } from '../settings/settings.js';
import { GiveBackLeases } from './give-back-leases.js';
import { type LeaseAnswer, leaseAnswer } from './lease-answer.js';
import { Matcher } from './matcher.js';
import { type IdleReason, idleWords, type PollAnswer } from './waiting-polls.js';

export interface PollRequest {
  requestId: string;
  /** Every lease the node holds that no report has acknowledged. */
  have: string[];
  slots: number;
  threads: number;
  runtimes: string[];
  waitMs: number;
  /** Called back when the connection breaks: whoever is gone must not be given work. */
  onGone: (callback: () => void) => void;
}

@Injectable()
export class PollLeases {
  constructor(
    private readonly transaction: Transaction,
    private readonly leases: Leases,
    private readonly giveBack: GiveBackLeases,
    private readonly nodeStanding: NodeStanding,
    private readonly presence: Presence,
    private readonly jobFacts: JobFactsReader,
    private readonly versions: Versions,
    private readonly matcher: Matcher,
    private readonly settings: Settings,
  ) {}

  async run(node: NodeCaller, request: PollRequest): Promise<PollAnswer> {
    this.presence.beat(node.nodeId, new Date());
    const open = await this.transaction.run((tx) => this.leases.ofNode(tx, node));
    const same = open.filter((lease) => lease.requestId === request.requestId && lease.jobOpen);
    const have = new Set(request.have);
    const lost = open.filter((lease) => lease.requestId !== request.requestId && !have.has(lease.leaseId));
    if (lost.length > 0) await this.giveBack.run(node, lost);
    if (same.length > 0) return { leases: await this.repeat(same) };
    return this.wait(node, request);
  }

  private async repeat(leases: OpenLease[]): Promise<LeaseAnswer[]> {
    return this.transaction.run(async (tx) => {
      const jobs = await this.jobFacts.byIds(
        leases.map(({ jobId }) => jobId),
        tx,
      );
      const inputs = await this.jobFacts.inputs(tx, [...jobs.values()]);
      const versions = await this.versions.byIds([...new Set([...jobs.values()].map(({ versionId }) => versionId))]);
      return leases.flatMap((lease) => {
        const job = jobs.get(lease.jobId);
        const version = job && versions.get(job.versionId);
        const input = inputs.get(lease.jobId);
        return job && version && input ? [leaseAnswer(lease, job, version, input)] : [];
      });
    });
  }

  private async wait(node: NodeCaller, request: PollRequest): Promise<PollAnswer> {
    const standing = await this.nodeStanding.of(node.nodeId, { threads: request.threads });
    const { policy } = this.settings;
    const now = Date.now();
    const blocked = blockedBy(standing, now);
    const { record } = standing;
    return new Promise((resolve) => {
      const poll = {
        nodeId: node.nodeId,
        ownerId: node.ownerId,
        requestId: request.requestId,
        stage: record.stage,
        credibility: nodeCredibility(record, policy),
        reliability: reliability(record, policy),
        rank: rank(
          {
            credibility: nodeCredibility(record, policy),
            reliability: reliability(record, policy),
            availability: standing.availability,
            latencyMs: record.latencyMs,
          },
          policy,
        ),
        quota: record.quota,
        slots: request.slots,
        runtimes: request.runtimes,
        region: standing.region,
        addressRange: standing.addressRange,
        waitingSince: now,
        idleReason: blocked ?? ('no_demand' as IdleReason),
        answer: (answer: PollAnswer) => {
          clearTimeout(timer);
          resolve(answer);
        },
      };
      const timer = setTimeout(() => {
        this.matcher.polls.remove(poll);
        resolve({ leases: [], idleReason: poll.idleReason, idleDetail: idleWords[poll.idleReason] });
      }, request.waitMs);
      if (blocked !== undefined) return;
      if (request.slots === 0) return;
      this.matcher.polls.add(poll);
      request.onGone(() => {
        if (this.matcher.polls.remove(poll)) poll.answer({ leases: [] });
      });
      this.matcher.wake();
    });
  }
}

function blockedBy(
  standing: { paused: boolean; record: { stage: string; cooldownUntil: Date | null } },
  now: number,
): IdleReason | undefined {
  if (standing.record.stage === 'suspended' || standing.record.stage === 'retired') return 'suspended';
  if (standing.paused) return 'paused';
  if (standing.record.cooldownUntil && standing.record.cooldownUntil.getTime() > now) return 'cooldown';
  return undefined;
}
