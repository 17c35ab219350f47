/**
 * The tick of the verifier: looks at jobs whose review is due (a lease lapsed, no owner came, the referee may be away). Cheap when
 * nothing is due: one probe of an index.
 */
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Transaction } from '../database/transaction.js';
import { Reviews } from '../jobs/reviews.js';
import { Settings } from '../settings/settings.js';
import { AfterCommit } from './after-commit.js';
import { DecideJobs } from './decide-jobs.js';
import { emptyPlan, type SettlementPlan } from './settlement-plan.js';
import { WritePlan } from './write-plan.js';

const REVIEWS_PER_TICK = 100;

@Injectable()
export class ReviewJobs implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ReviewJobs.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly transaction: Transaction,
    private readonly reviews: Reviews,
    private readonly decideJobs: DecideJobs,
    private readonly writePlan: WritePlan,
    private readonly afterCommit: AfterCommit,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.tick(), this.settings.policy.scheduling.tickMs);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private tick(): void {
    if (this.running) return;
    this.running = this.run()
      .catch((error: unknown) => this.logger.error(error))
      .finally(() => {
        this.running = undefined;
      });
  }

  /** Reviews all that is due. */
  async run(): Promise<void> {
    for (;;) {
      const { plan, taken } = await this.transaction.run(async (tx) => {
        const due = await this.reviews.takeDue(tx, REVIEWS_PER_TICK);
        let made: SettlementPlan = emptyPlan();
        if (due.length > 0) {
          made = await this.decideJobs.plan(tx, due, { review: true });
          await this.writePlan.run(tx, made);
        }
        return { plan: made, taken: due.length };
      });
      this.afterCommit.run(plan);
      if (taken < REVIEWS_PER_TICK) return;
    }
  }
}
