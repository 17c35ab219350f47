/**
 * Cancel and deadline end a job only while it has no open lease and no result: its hold goes back, nothing is charged. Otherwise
 * it runs to its verdict. The open row is locked first, so a report at the same moment either comes before (and the job is
 * running) or after (and finds no lease).
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Transaction } from '../database/transaction.js';
import { Ledger } from '../ledger/ledger.js';
import { FinishJobs } from './finish-jobs.js';
import { OpenJobs } from './open-jobs.js';
import { OutcomeWaiters } from './outcome-waiters.js';
import { releaseTransfer } from './release-transfer.js';

@Injectable()
export class EndUnstartedJobs {
  constructor(
    private readonly transaction: Transaction,
    private readonly openJobs: OpenJobs,
    private readonly finishJobs: FinishJobs,
    private readonly ledger: Ledger,
    private readonly waiters: OutcomeWaiters,
  ) {}

  /** Cancels those of the jobs that nobody has started; answers which these were. */
  async cancel(jobIds: string[]): Promise<string[]> {
    const ended = await this.transaction.run((tx) => this.end(tx, jobIds, 'cancelled'));
    if (ended.length > 0) this.waiters.announce(ended);
    return ended;
  }

  async sweepDeadlines(limit: number): Promise<string[]> {
    const ended = await this.transaction.run(async (tx) => {
      const overdue = await this.openJobs.overdue(tx, limit);
      return overdue.length === 0 ? [] : this.end(tx, overdue, 'timed_out');
    });
    if (ended.length > 0) this.waiters.announce(ended);
    return ended;
  }

  private async end(tx: EntityManager, jobIds: string[], status: 'cancelled' | 'timed_out'): Promise<string[]> {
    const jobs = await this.openJobs.lockUnstarted(tx, jobIds);
    if (jobs.length === 0) return [];
    await this.finishJobs.run(
      tx,
      jobs.map((job) => ({
        jobId: job.jobId,
        accountId: job.accountId,
        status,
        outcome: null,
        executions: 0,
        referee: false,
        selfExecuted: job.ownNodesOnly,
        credibilityPpm: null,
        fuel: null,
        unitMicro: null,
        chargedMicro: 0n,
        startedAt: null,
        runEndedAt: null,
        outputDigest: null,
        errorKind: status === 'timed_out' ? 'no_capacity' : null,
      })),
    );
    const releases = jobs.flatMap((job) =>
      job.holdId === null
        ? []
        : [releaseTransfer({ jobId: job.jobId, payerId: job.accountId, holdId: job.holdId, holdPart: job.holdPart })],
    );
    const posted = releases.length > 0 ? await this.ledger.post(tx, releases) : [];
    for (const outcome of posted) {
      if (outcome.state === 'refused') throw new Error(`a release was refused: ${outcome.code}, ${outcome.detail}`);
    }
    return jobs.map(({ jobId }) => jobId);
  }
}
