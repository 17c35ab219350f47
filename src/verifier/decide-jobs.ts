/**
 * Looks at the situation of jobs and decides: accept and settle, one more task, the referee, or nothing yet. Called with the
 * results of a report, a referee's vote or a due review, inside their transaction; all writes are collected in a plan and written
 * in the lock order by `WritePlan`, the ledger last.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { decide, wantedOf } from '#libs/trust/verdict.js';
import { Versions } from '../functions/versions.js';
import { assuranceOf } from '../jobs/assurance-text.js';
import { Leases } from '../jobs/leases.js';
import { OpenJobs } from '../jobs/open-jobs.js';
import { isHostFailureCode } from '../jobs/result-codes.js';
import { type JobResult, Results } from '../jobs/results.js';
import { Ledger } from '../ledger/ledger.js';
import { Presence } from '../nodes/presence.js';
import { RefereeRuns } from '../referee/referee-runs.js';
import { Settings } from '../settings/settings.js';
import { type JobRows, participantElsewhere, refereeResultOf, situationOf, votesOf } from './job-situation.js';
import { MedianUnit } from './median-unit.js';
import { type AcceptanceContext, planAcceptance } from './plan-acceptance.js';
import { planHostLimit, planInconclusive } from './plan-failure.js';
import { Purse } from './purse.js';
import { emptyPlan, type SettlementPlan } from './settlement-plan.js';
import { workedAlone } from './worked-alone.js';

@Injectable()
export class DecideJobs {
  constructor(
    private readonly openJobs: OpenJobs,
    private readonly leases: Leases,
    private readonly results: Results,
    private readonly versions: Versions,
    private readonly presence: Presence,
    private readonly refereeRuns: RefereeRuns,
    private readonly ledger: Ledger,
    private readonly medianUnit: MedianUnit,
    private readonly settings: Settings,
  ) {}

  /**
   * Locks the open ones of these jobs and plans what follows for each. In a review, what still waits is looked at again later.
   */
  async plan(tx: EntityManager, jobIds: string[], options: { review: boolean }): Promise<SettlementPlan> {
    const plan = emptyPlan();
    const jobs = await this.openJobs.lock(tx, [...new Set(jobIds)]);
    if (jobs.length === 0) return plan;
    const rows = group(
      await this.results.ofJobs(
        tx,
        jobs.map(({ jobId }) => jobId),
      ),
    );
    const versions = await this.versions.byIds([...new Set(jobs.map(({ versionId }) => versionId))]);
    const around = await this.surroundings(tx, {
      refereeAsked: jobs.some((job) => job.refereeAskedAt !== null),
      review: options.review,
    });
    const purse = await this.openPurse([...rows.values()].flat());
    for (const job of jobs) {
      const version = versions.get(job.versionId);
      if (!version) throw new Error(`job ${job.jobId} is of an unknown version`);
      const context = { ...around, version, medianUnitMicro: this.medianUnit.current(), now: new Date() };
      const before = plan.asks.length + plan.outcomes.length + plan.tasks.length;
      this.planJob({ job, results: rows.get(job.jobId) ?? [] }, context, purse, plan);
      const decided = plan.asks.length + plan.outcomes.length + plan.tasks.length > before;
      if (options.review && !decided) plan.reviews.push({ jobId: job.jobId, refereeAsked: job.refereeAskedAt !== null });
    }
    return plan;
  }

  /** Locks these jobs and answers which of them are still open. */
  async lockOpen(tx: EntityManager, jobIds: string[]): Promise<Set<string>> {
    const open = await this.openJobs.lock(tx, [...new Set(jobIds)]);
    return new Set(open.map(({ jobId }) => jobId));
  }

  private planJob(rows: JobRows, context: AcceptanceContext & Around, purse: Purse, plan: SettlementPlan): void {
    const { job, results } = rows;
    if (job.ownNodesOnly) return planOwn(rows, context, purse, plan);
    const referee = refereeResultOf(results);
    if (referee && isHostFailureCode(referee.ended)) return planHostLimit(rows, context, purse, plan);
    const situation = situationOf(rows, workedAlone(rows, context.version, context.policy), context);
    const decision = decide(situation, wantedOf(assuranceOf(job.assurance), context.policy), context.policy);
    switch (decision.state) {
      case 'accepted':
        return planAcceptance(rows, decision, context, purse, plan);
      case 'inconclusive':
        return planInconclusive(rows, context, purse, plan);
      case 'referee':
        if (job.refereeAskedAt === null) plan.asks.push({ jobId: job.jobId, purpose: 'vote' });
        return;
      case 'more':
        if (job.readyOpen === 0) plan.tasks.push({ jobId: job.jobId, participantRequired: decision.participantRequired });
        return;
      case 'wait':
        if (this.nobodyCame(rows, context)) plan.asks.push({ jobId: job.jobId, purpose: 'vote' });
    }
  }

  /**
   * A job that has had a lease and finds no eligible owner in time gets the referee. An owner who is busy is waited for; one who
   * seems online but has nothing to do would have taken it by now.
   */
  private nobodyCame(rows: JobRows, context: Around): boolean {
    const { job } = rows;
    if (job.refereeAskedAt !== null || job.readyForMs === null) return false;
    const leased = job.openLeases > 0 || rows.results.length > 0;
    return (
      leased &&
      job.readyForMs >= this.settings.policy.verdict.eligibleOwnerWaitMs - 50 &&
      !participantElsewhere(rows, context.busyParticipants)
    );
  }

  private async surroundings(tx: EntityManager, looks: { refereeAsked: boolean; review: boolean }): Promise<Around> {
    const online = await this.presence.participantsOnline();
    const busy = looks.review ? await this.leases.busyOwners(tx) : new Set<string>();
    const participantOwners = new Set(online.map(({ ownerId }) => ownerId));
    return {
      origin: this.settings.publicOrigin,
      policy: this.settings.policy,
      refereeEnabled: this.settings.refereeEnabled,
      participantOwners,
      // Outside of a review nobody has waited long enough to ask.
      busyParticipants: looks.review ? new Set([...participantOwners].filter((owner) => busy.has(owner))) : participantOwners,
      refereeAway: looks.refereeAsked && (await this.refereeRuns.isAway()),
    };
  }

  private async openPurse(results: JobResult[]): Promise<Purse> {
    const owners = [...new Set(results.filter((result) => result.nodeId !== null).map((result) => result.ownerId))];
    const [balances, system] = await Promise.all([this.ledger.balances(owners), this.ledger.systemBalances()]);
    return new Purse({
      commonsMicro: system.commonsMicro,
      insuranceMicro: system.insuranceMicro,
      stakes: new Map([...balances].map(([owner, { stakeMicro }]) => [owner, stakeMicro])),
    });
  }
}

type Around = Omit<AcceptanceContext, 'version' | 'medianUnitMicro' | 'now'> & {
  participantOwners: ReadonlySet<string>;
  busyParticipants: ReadonlySet<string>;
  refereeAway: boolean;
};

/** One's own node's word is enough for one's own job: nothing is charged, nothing is proven to others. */
function planOwn(rows: JobRows, context: AcceptanceContext, purse: Purse, plan: SettlementPlan): void {
  const [vote] = votesOf(rows.results);
  if (vote) {
    planAcceptance(
      rows,
      { state: 'accepted', group: [vote], others: [], credibility: 0, credibilityMicro: 0 },
      context,
      purse,
      plan,
    );
  } else if (rows.job.openLeases === 0 && rows.job.readyOpen === 0) {
    planInconclusive(rows, context, purse, plan);
  }
}

function group(results: JobResult[]): Map<string, JobResult[]> {
  const ofJobs = new Map<string, JobResult[]>();
  for (const result of results) {
    const list = ofJobs.get(result.jobId);
    if (list) list.push(result);
    else ofJobs.set(result.jobId, [result]);
  }
  return ofJobs;
}
