/**
 * The tick that ends what is past its time: leases (a lapse for their node, a review for their job) and jobs whose deadline came
 * before any node had them. Each is one probe of a due-time index when there is nothing to do.
 */
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Transaction } from '../database/transaction.js';
import { EndUnstartedJobs } from '../jobs/end-unstarted-jobs.js';
import { Leases } from '../jobs/leases.js';
import { NodeRecords } from '../nodes/node-records.js';
import { Settings } from '../settings/settings.js';

const SWEEP_LIMIT = 256;

@Injectable()
export class SweepLeases implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(SweepLeases.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly transaction: Transaction,
    private readonly leases: Leases,
    private readonly nodeRecords: NodeRecords,
    private readonly endUnstarted: EndUnstartedJobs,
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
    this.running ??= this.run()
      .catch((error: unknown) => this.logger.error(error))
      .finally(() => {
        this.running = undefined;
      });
  }

  async run(): Promise<void> {
    while ((await this.expireLeases()) === SWEEP_LIMIT);
    await this.endUnstarted.sweepDeadlines(SWEEP_LIMIT);
  }

  private expireLeases(): Promise<number> {
    return this.transaction.run(async (tx) => {
      const ended = await this.leases.expire(tx, SWEEP_LIMIT);
      // A job that is final already needed the lease no more: its end is free.
      const lapses = ended.filter((lease) => lease.jobOpen);
      if (lapses.length > 0) {
        await this.nodeRecords.apply(
          tx,
          lapses.map(({ nodeId, jobId }) => ({ type: 'lapse' as const, nodeId, at: new Date(), jobId, reason: 'lease expired' })),
        );
      }
      return ended.length;
    });
  }
}
