/** Jobs that are not final: locked by their open rows (sorted by id), read with all that a verdict and a settlement need. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type ContentType, contentTypeName } from './new-job.js';

export interface OpenJob {
  jobId: string;
  accountId: string;
  holdId: string | null;
  holdPart: bigint;
  refereeAskedAt: Date | null;
  versionId: string;
  batchId: string | null;
  assurance: string;
  rateHundredths: number;
  fuelLimit: bigint;
  memoryBytes: number;
  maxOutputBytes: number;
  contentType: ContentType;
  inputBytes: number;
  inputDigest: Buffer;
  ownNodesOnly: boolean;
  createdAt: Date;
  deadlineAt: Date;
  openLeases: number;
  /** Executions that wait in the queue. */
  readyOpen: number;
  /** How long they have waited; null: nothing waits. */
  readyForMs: number | null;
}

@Injectable()
export class OpenJobs {
  /** Locks the open ones of these jobs and reads them; a job that is final already is not among the answers. */
  async lock(tx: EntityManager, jobIds: string[]): Promise<OpenJob[]> {
    if (jobIds.length === 0) return [];
    const rows: Record<string, unknown>[] = await tx.query('SELECT * FROM lock_open_jobs($1)', [jobIds]);
    return rows.map((row) => ({
      jobId: row.job_id as string,
      accountId: row.account_id as string,
      holdId: row.hold_id as string | null,
      holdPart: BigInt(row.hold_part as string),
      refereeAskedAt: row.referee_asked_at as Date | null,
      versionId: row.version_id as string,
      batchId: row.batch_id as string | null,
      assurance: row.assurance as string,
      rateHundredths: row.rate_hundredths as number,
      fuelLimit: BigInt(row.fuel_limit as string),
      memoryBytes: row.memory_bytes as number,
      maxOutputBytes: row.max_output_bytes as number,
      contentType: contentTypeName(row.content_type as number),
      inputBytes: row.input_bytes as number,
      inputDigest: row.input_digest as Buffer,
      ownNodesOnly: row.own_nodes_only as boolean,
      createdAt: row.created_at as Date,
      deadlineAt: row.deadline_at as Date,
      openLeases: row.open_leases as number,
      readyOpen: row.ready_open as number,
      readyForMs: row.ready_for_ms as number | null,
    }));
  }

  async markRefereeAsked(tx: EntityManager, jobIds: string[]): Promise<void> {
    if (jobIds.length === 0) return;
    await tx.query('UPDATE open_jobs SET referee_asked_at = clock_timestamp() WHERE job_id = ANY ($1::uuid[])', [jobIds]);
  }

  /** Which of these jobs no node and no referee has touched yet: the ones that cancel and deadline may still end. */
  async lockUnstarted(tx: EntityManager, jobIds: string[]): Promise<OpenJob[]> {
    const open = await this.lock(tx, jobIds);
    const idle = open.filter((job) => job.openLeases === 0 && job.refereeAskedAt === null);
    if (idle.length === 0) return [];
    const started: { job_id: string }[] = await tx.query(
      'SELECT DISTINCT job_id FROM results WHERE job_id = ANY ($1::uuid[]) AND ended <= 20',
      [idle.map(({ jobId }) => jobId)],
    );
    const withResult = new Set(started.map((row) => row.job_id));
    return idle.filter((job) => !withResult.has(job.jobId));
  }

  /** Jobs past their deadline, the longest overdue first. Those that run are passed over by the caller. */
  async overdue(tx: EntityManager, limit: number): Promise<string[]> {
    const rows: { job_id: string }[] = await tx.query(
      `SELECT o.job_id FROM open_jobs o JOIN ready_tasks r ON r.job_id = o.job_id
       WHERE o.deadline_at < clock_timestamp() AND o.referee_asked_at IS NULL ORDER BY o.deadline_at LIMIT $1`,
      [limit],
    );
    return rows.map((row) => row.job_id);
  }
}
