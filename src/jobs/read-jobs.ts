/** Reads of jobs for their owner. Every query carries the account: another one's job is as absent as one that never was. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { JobRow } from './job-view.js';
import { contentTypeName } from './new-job.js';

export interface JobFilter {
  status?: string;
  versionIds?: string[];
  batchId?: string;
  createdFrom?: Date;
  createdTo?: Date;
}

const COLUMNS = `
  j.id, j.version_id, j.batch_id, j.hold_micro, j.assurance, j.content_type, j.created_at, j.deadline_at,
  o.status, o.executions, o.self_executed, o.credibility_ppm, o.fuel, o.unit_micro, o.charged_micro, o.started_at,
  o.run_ended_at, o.finished_at, o.error_kind, o.output_digest, c.finished_at AS corrected_at, c.output_digest AS corrected_digest,
  open.leases AS open_leases, open.first_leased_at, open.votes`;

const SOURCES = `
  jobs j
  LEFT JOIN job_outcomes o ON o.job_id = j.id AND o.revision = 1
  LEFT JOIN job_outcomes c ON c.job_id = j.id AND c.revision = 2
  LEFT JOIN LATERAL (
    SELECT (SELECT count(*)::integer FROM leases l WHERE l.job_id = j.id) AS leases,
      (SELECT min(l.leased_at) FROM leases l WHERE l.job_id = j.id) AS first_leased_at,
      (SELECT count(*)::integer FROM results r WHERE r.job_id = j.id AND r.ended <= 8) AS votes
  ) open ON o.job_id IS NULL`;

/** What each status means in rows; the statuses of an open job are derived. */
const STATUS_SQL: Readonly<Record<string, string>> = {
  succeeded: 'o.status = 1',
  failed: 'o.status = 2',
  timed_out: 'o.status = 3',
  cancelled: 'o.status = 4',
  queued: 'o.job_id IS NULL AND open.leases = 0 AND open.votes = 0',
  running: 'o.job_id IS NULL AND open.leases > 0',
  verifying: 'o.job_id IS NULL AND open.leases = 0 AND open.votes > 0',
};
export const jobStatuses: readonly string[] = Object.keys(STATUS_SQL);

@Injectable()
export class ReadJobs {
  constructor(private readonly dataSource: DataSource) {}

  /** One job with its payloads. */
  async one(accountId: string, jobId: string): Promise<JobRow | undefined> {
    const rows: Record<string, unknown>[] = await this.dataSource.query(
      `SELECT ${COLUMNS},
         (SELECT p.bytes FROM job_payloads p WHERE p.job_id = j.id AND p.digest = j.input_digest) AS input,
         (SELECT p.bytes FROM job_payloads p WHERE p.job_id = j.id AND p.digest = o.output_digest) AS output,
         (SELECT p.bytes FROM job_payloads p WHERE p.job_id = j.id AND p.digest = c.output_digest) AS corrected_output
       FROM ${SOURCES} WHERE j.id = $1 AND j.account_id = $2`,
      [jobId, accountId],
    );
    return rows[0] && jobRow(rows[0]);
  }

  /** A page of jobs without payloads, newest first. */
  async page(accountId: string, filter: JobFilter, page: { after?: string; limit: number }): Promise<JobRow[]> {
    const values: unknown[] = [accountId, page.limit];
    const where = ['j.account_id = $1'];
    const add = (sql: (place: string) => string, value: unknown): void => {
      if (value === undefined) return;
      values.push(value);
      where.push(sql(`$${values.length}`));
    };
    add((at) => `j.id < ${at}`, page.after);
    add((at) => `j.version_id = ANY (${at}::uuid[])`, filter.versionIds);
    add((at) => `j.batch_id = ${at}`, filter.batchId);
    add((at) => `j.created_at >= ${at}`, filter.createdFrom);
    add((at) => `j.created_at < ${at}`, filter.createdTo);
    const status = filter.status === undefined ? undefined : STATUS_SQL[filter.status];
    if (status) where.push(status);
    const rows: Record<string, unknown>[] = await this.dataSource.query(
      `SELECT ${COLUMNS}, NULL AS input, NULL AS output, NULL AS corrected_output
       FROM ${SOURCES} WHERE ${where.join(' AND ')} ORDER BY j.id DESC LIMIT $2`,
      values,
    );
    return rows.map(jobRow);
  }

  /** How many tasks stand before this job's in the queue; counting stops at 10,000. */
  async queuePosition(jobId: string): Promise<number | undefined> {
    const rows: { position: number }[] = await this.dataSource.query(
      `SELECT (SELECT count(*)::integer FROM (SELECT 1 FROM ready_tasks b WHERE b.tag < r.tag LIMIT 10000) before) AS position
       FROM ready_tasks r WHERE r.job_id = $1`,
      [jobId],
    );
    return rows[0]?.position;
  }
}

function jobRow(row: Record<string, unknown>): JobRow {
  const big = (value: unknown): bigint | null => (value === null ? null : BigInt(value as string));
  return {
    jobId: row.id as string,
    versionId: row.version_id as string,
    batchId: row.batch_id as string | null,
    holdMicro: BigInt(row.hold_micro as string),
    assurance: row.assurance as string,
    contentType: contentTypeName(row.content_type as number),
    createdAt: row.created_at as Date,
    deadlineAt: row.deadline_at as Date,
    final:
      row.status === null
        ? null
        : {
            status: row.status as number,
            executions: row.executions as number,
            selfExecuted: row.self_executed as boolean,
            credibilityPpm: row.credibility_ppm as number | null,
            fuel: big(row.fuel),
            unitMicro: big(row.unit_micro),
            chargedMicro: BigInt(row.charged_micro as string),
            startedAt: row.started_at as Date | null,
            runEndedAt: row.run_ended_at as Date | null,
            finishedAt: row.finished_at as Date,
            errorKind: row.error_kind as string | null,
          },
    correctedAt: row.corrected_at as Date | null,
    openLeases: (row.open_leases as number | null) ?? 0,
    votes: (row.votes as number | null) ?? 0,
    firstLeasedAt: row.first_leased_at as Date | null,
    input: row.input as Buffer | null,
    output: row.output as Buffer | null,
    correctedOutput: row.corrected_output as Buffer | null,
  };
}
