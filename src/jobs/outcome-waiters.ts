/**
 * Callers that wait for a job's outcome, on whatever replica it is settled. The process that settled tells its own waiters by
 * id; the others learn by a hint that something was settled and look their jobs up in one query. A lost hint costs at most a
 * tick: while anyone waits, the table is looked at every second as well.
 */
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Hints } from '../queue/hints.js';

const FALLBACK_LOOK_MS = 1_000;

interface Waiter {
  jobId: string;
  resolve: (final: boolean) => void;
  timer: NodeJS.Timeout;
}

@Injectable()
export class OutcomeWaiters implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly waiters = new Map<string, Set<Waiter>>();
  private stopListening: (() => void) | undefined;
  private fallback: NodeJS.Timeout | undefined;
  private looking = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly hints: Hints,
  ) {}

  onApplicationBootstrap(): void {
    this.stopListening = this.hints.on('outcome', () => void this.look());
    this.fallback = setInterval(() => void this.look(), FALLBACK_LOOK_MS);
    this.fallback.unref();
  }

  beforeApplicationShutdown(): void {
    this.stopListening?.();
    clearInterval(this.fallback);
    for (const jobId of [...this.waiters.keys()]) this.resolve(jobId, false);
  }

  /** True once the job is final, false after `timeoutMs`. Register before looking at the job, so that no outcome is missed. */
  wait(jobId: string, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiter: Waiter = { jobId, resolve, timer: setTimeout(() => this.drop(waiter), timeoutMs) };
      const ofJob = this.waiters.get(jobId) ?? new Set();
      ofJob.add(waiter);
      this.waiters.set(jobId, ofJob);
    });
  }

  /** Nobody is interested in this job any more. */
  cancel(jobId: string): void {
    this.resolve(jobId, false);
  }

  /** After the commit: these jobs are final. */
  announce(jobIds: string[]): void {
    for (const jobId of jobIds) this.resolve(jobId, true);
    this.hints.send('outcome');
  }

  private drop(waiter: Waiter): void {
    const ofJob = this.waiters.get(waiter.jobId);
    ofJob?.delete(waiter);
    if (ofJob?.size === 0) this.waiters.delete(waiter.jobId);
    waiter.resolve(false);
  }

  private resolve(jobId: string, final: boolean): void {
    const ofJob = this.waiters.get(jobId);
    if (!ofJob) return;
    this.waiters.delete(jobId);
    for (const waiter of ofJob) {
      clearTimeout(waiter.timer);
      waiter.resolve(final);
    }
  }

  private async look(): Promise<void> {
    if (this.looking || this.waiters.size === 0) return;
    this.looking = true;
    try {
      const rows: { job_id: string }[] = await this.dataSource.query(
        'SELECT job_id FROM job_outcomes WHERE job_id = ANY ($1::uuid[]) AND revision = 1',
        [[...this.waiters.keys()]],
      );
      for (const row of rows) this.resolve(row.job_id, true);
    } catch {
      // The database is away: the next look, or the waiter's own time limit, answers.
    } finally {
      this.looking = false;
    }
  }
}
