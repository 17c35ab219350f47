/**
 * Writes a plan in the one lock order of the system: jobs (already locked) → ready rows → nodes → version stats → ledger. The
 * posting is the last thing before the commit.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CreditLines } from '../accounts/credit-lines.js';
import { VersionStats } from '../functions/version-stats.js';
import { FinishJobs } from '../jobs/finish-jobs.js';
import { OpenJobs } from '../jobs/open-jobs.js';
import { ReadyTasks } from '../jobs/ready-tasks.js';
import { Reviews } from '../jobs/reviews.js';
import { NodeRecords } from '../nodes/node-records.js';
import { Settings } from '../settings/settings.js';
import { AskReferee } from './ask-referee.js';
import { PostPlan } from './post-plan.js';
import type { SettlementPlan, VerdictRow } from './settlement-plan.js';

@Injectable()
export class WritePlan {
  constructor(
    private readonly finishJobs: FinishJobs,
    private readonly openJobs: OpenJobs,
    private readonly readyTasks: ReadyTasks,
    private readonly reviews: Reviews,
    private readonly askReferee: AskReferee,
    private readonly nodeRecords: NodeRecords,
    private readonly versionStats: VersionStats,
    private readonly creditLines: CreditLines,
    private readonly postPlan: PostPlan,
    private readonly settings: Settings,
  ) {}

  async run(tx: EntityManager, plan: SettlementPlan): Promise<void> {
    const { eligibleOwnerWaitMs, refereeAwayMs } = this.settings.policy.verdict;
    await this.finishJobs.run(tx, plan.outcomes);
    await this.insertVerdicts(tx, plan.verdicts);
    await this.readyTasks.add(tx, plan.tasks, eligibleOwnerWaitMs);
    const voted = plan.asks.filter(({ purpose }) => purpose === 'vote').map(({ jobId }) => jobId);
    await this.readyTasks.withdraw(tx, voted);
    await this.openJobs.markRefereeAsked(tx, voted);
    const refereeAsked = plan.reviews.filter((review) => review.refereeAsked).map(({ jobId }) => jobId);
    const waiting = plan.reviews.filter((review) => !review.refereeAsked).map(({ jobId }) => jobId);
    await this.reviews.schedule(tx, [...voted, ...refereeAsked], refereeAwayMs + 1_000);
    await this.reviews.schedule(tx, waiting, eligibleOwnerWaitMs);
    await this.askReferee.run(tx, plan.asks);
    if (plan.nodeEvents.length > 0) await this.nodeRecords.apply(tx, plan.nodeEvents);
    if (plan.samples.length > 0) await this.versionStats.record(tx, plan.samples);
    plan.firstChecked = await this.creditLines.noteChecked(tx, plan.checkedOwners);
    await this.postPlan.run(tx, plan);
  }

  private async insertVerdicts(tx: EntityManager, verdicts: VerdictRow[]): Promise<void> {
    if (verdicts.length === 0) return;
    await tx.query(
      `INSERT INTO verdicts (job_id, log_odds_micro, votes, vote_groups, referee, alone)
       SELECT * FROM unnest($1::uuid[], $2::integer[], $3::smallint[], $4::smallint[], $5::boolean[], $6::boolean[])`,
      [
        verdicts.map(({ jobId }) => jobId),
        verdicts.map(({ logOddsMicro }) => logOddsMicro),
        verdicts.map(({ votes }) => votes),
        verdicts.map(({ groups }) => groups),
        verdicts.map(({ referee }) => referee),
        verdicts.map(({ alone }) => alone),
      ],
    );
  }
}
