/** Jobs as their owner sees them: rows, their versions' names, and the place in the queue of one that waits. */
import { Injectable } from '@nestjs/common';
import { type VersionFacts, Versions } from '../functions/versions.js';
import { DomainError } from '../http/domain-error.js';
import { Settings } from '../settings/settings.js';
import type { JobDto } from './job.dto.js';
import { type JobRow, jobView } from './job-view.js';
import { OutcomeWaiters } from './outcome-waiters.js';
import { ReadJobs } from './read-jobs.js';

@Injectable()
export class ShowJobs {
  constructor(
    private readonly readJobs: ReadJobs,
    private readonly versions: Versions,
    private readonly waiters: OutcomeWaiters,
    private readonly settings: Settings,
  ) {}

  async one(accountId: string, jobId: string): Promise<JobDto> {
    const row = await this.row(accountId, jobId);
    const [view] = await this.views([row]);
    if (row.final || row.openLeases > 0) return view as JobDto;
    const position = await this.readJobs.queuePosition(jobId);
    return position === undefined ? (view as JobDto) : { ...(view as JobDto), queue: { position, etaMs: null } };
  }

  /** The job's row; another account's is not found. */
  async row(accountId: string, jobId: string): Promise<JobRow> {
    const row = await this.readJobs.one(accountId, jobId);
    if (!row) throw new DomainError('not_found', 'no job of this account has this id');
    return row;
  }

  /** Waits until the job is final or the time is over, then reads it. */
  async awaited(accountId: string, jobId: string, waitMs: number): Promise<JobRow> {
    const outcome = this.waiters.wait(jobId, waitMs);
    const row = await this.row(accountId, jobId);
    if (row.final) return row;
    return (await outcome) ? this.row(accountId, jobId) : row;
  }

  async views(rows: JobRow[]): Promise<JobDto[]> {
    const versions = await this.versions.byIds([...new Set(rows.map(({ versionId }) => versionId))]);
    return rows.map((row) => jobView(row, versions.get(row.versionId) as VersionFacts, this.settings.policy.execution));
  }
}
