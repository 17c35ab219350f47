/**
 * Collects the referee's finished runs: a vote joins its job's votes and decides; a dispute proves who was wrong after delivery.
 * Driven by a hint and a tick; rows another process is collecting are passed over.
 */
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { refereeLogOddsMicro } from '#libs/trust/credibility.js';
import { Transaction } from '../database/transaction.js';
import { hostFailureCode, outcomeCode } from '../jobs/result-codes.js';
import { type RefereeVote, Results } from '../jobs/results.js';
import { Hints } from '../queue/hints.js';
import { type FinishedRun, RefereeRuns } from '../referee/referee-runs.js';
import { Settings } from '../settings/settings.js';
import { AfterCommit } from './after-commit.js';
import { DecideJobs } from './decide-jobs.js';
import { SettleDisputes } from './settle-disputes.js';
import { emptyPlan, type SettlementPlan } from './settlement-plan.js';
import { WritePlan } from './write-plan.js';

const RUNS_PER_SET = 100;
const TICK_MS = 1_000;

@Injectable()
export class CollectReferee implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(CollectReferee.name);
  private stopListening: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly transaction: Transaction,
    private readonly refereeRuns: RefereeRuns,
    private readonly results: Results,
    private readonly decideJobs: DecideJobs,
    private readonly settleDisputes: SettleDisputes,
    private readonly writePlan: WritePlan,
    private readonly afterCommit: AfterCommit,
    private readonly hints: Hints,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    this.stopListening = this.hints.on('referee_finished', () => this.wake());
    this.timer = setInterval(() => this.wake(), TICK_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopListening?.();
    clearInterval(this.timer);
    await this.running;
  }

  private wake(): void {
    this.again = true;
    this.running ??= this.run()
      .catch((error: unknown) => this.logger.error(error))
      .finally(() => {
        this.running = undefined;
      });
  }

  private async run(): Promise<void> {
    while (this.again) {
      this.again = false;
      const { plan, taken } = await this.transaction.run((tx) => this.collect(tx));
      this.afterCommit.run(plan);
      if (taken === RUNS_PER_SET) this.again = true;
    }
  }

  private async collect(tx: EntityManager): Promise<{ plan: SettlementPlan; taken: number }> {
    const runs = await this.refereeRuns.takeFinished(tx, ['vote', 'dispute'], RUNS_PER_SET);
    if (runs.length === 0) return { plan: emptyPlan(), taken: 0 };
    const votes = runs.filter((run) => run.purpose === 'vote');
    const disputes = runs.filter((run) => run.purpose === 'dispute');
    const open = await this.decideJobs.lockOpen(
      tx,
      votes.map(({ subject }) => subject),
    );
    await this.results.recordReferee(
      tx,
      votes.filter(({ subject }) => open.has(subject)).map((run) => this.voteOf(run)),
    );
    const plan = await this.decideJobs.plan(tx, [...open], { review: false });
    if (disputes.length > 0) {
      const first = await this.results.recordReferee(
        tx,
        disputes.map((run) => this.voteOf(run)),
      );
      await this.settleDisputes.plan(tx, disputes, plan, first);
    }
    await this.writePlan.run(tx, plan);
    return { plan, taken: runs.length };
  }

  private voteOf(run: FinishedRun): RefereeVote {
    return {
      jobId: run.subject,
      runId: run.id,
      ended: run.hostFailure ? hostFailureCode(run.hostFailure) : outcomeCode(run.outcome as Parameters<typeof outcomeCode>[0]),
      outputDigest: run.outputDigest,
      output: run.output,
      fuel: run.fuel,
      logOddsMicro: refereeLogOddsMicro(this.settings.policy.credibility),
      requestedAt: run.requestedAt,
      finishedAt: run.finishedAt,
    };
  }
}
