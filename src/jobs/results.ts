/** Results as the database keeps them: written with their lease's end, read back as votes. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { LeaseKey } from './lease-token.js';

/** The referee counts as one owner; its votes stand among the results under this id. */
export const REFEREE_OWNER = '00000000-0000-0000-0000-000000000001';

export interface ReportedResult extends LeaseKey {
  leaseId: string;
  nodeId: string;
  ended: number;
  /** Absent for a host failure. */
  outputDigest: Buffer | null;
  output: Buffer | null;
  fuel: bigint | null;
  runMs: number | null;
  /** The report's row and the place of this result among its leaves. */
  reportRowId: string;
  leaf: number | null;
}

export interface RecordedResult {
  /** The lease ended with this very result. */
  recorded: boolean;
  /** The job has no outcome yet. */
  jobOpen: boolean;
  /** How the task had ended before; null: never leased under this token. */
  knownEnded: number | null;
  /** It had ended with a report, so this one is a repeat. */
  knownReported: boolean;
  leasedAt: Date | null;
  endedAt: Date;
}

export interface JobResult {
  jobId: string;
  ownerId: string;
  nodeId: string | null;
  leaseId: string;
  /** The task's number in its job; 0 is the referee's. */
  n: number;
  ended: number;
  outputDigest: Buffer | null;
  outputBytes: number | null;
  fuel: bigint | null;
  logOddsMicro: number;
  newcomer: boolean;
  alone: boolean;
  addressRange: string | null;
  leasedAt: Date;
  endedAt: Date;
}

export interface Report {
  id: string;
  nodeId: string;
  reportId: string;
  publicKey: Buffer;
  leaves: Buffer;
  signature: Buffer;
}

export interface RefereeVote {
  jobId: string;
  runId: string;
  ended: number;
  outputDigest: Buffer | null;
  output: Buffer | null;
  fuel: bigint | null;
  logOddsMicro: number;
  requestedAt: Date;
  finishedAt: Date;
}

@Injectable()
export class Results {
  async record(tx: EntityManager, results: ReportedResult[]): Promise<RecordedResult[]> {
    const of = <T>(column: (result: ReportedResult) => T): T[] => results.map(column);
    const rows: Record<string, unknown>[] = await tx.query(
      'SELECT * FROM record_results($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)',
      [
        of((result) => result.jobId),
        of((result) => result.ownerId),
        of((result) => result.token),
        of((result) => result.leaseId),
        of((result) => result.nodeId),
        of((result) => result.ended),
        of((result) => result.outputDigest),
        of((result) => result.fuel),
        of((result) => result.runMs),
        of((result) => result.output),
        of((result) => result.reportRowId),
        of((result) => result.leaf),
      ],
    );
    return rows.map((row) => ({
      recorded: row.recorded as boolean,
      jobOpen: row.open as boolean,
      knownEnded: row.known_ended as number | null,
      knownReported: row.known_reported as boolean,
      leasedAt: row.leased_at as Date | null,
      endedAt: row.ended_at as Date,
    }));
  }

  /** Keeps what a receipt will need: the leaves and the one signature over their root. */
  async insertReports(tx: EntityManager, reports: Report[]): Promise<void> {
    if (reports.length === 0) return;
    await tx.query(
      `INSERT INTO reports (id, node_id, report_id, public_key, leaves, signature)
       SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[])`,
      [
        reports.map(({ id }) => id),
        reports.map(({ nodeId }) => nodeId),
        reports.map(({ reportId }) => reportId),
        reports.map(({ publicKey }) => publicKey),
        reports.map(({ leaves }) => leaves),
        reports.map(({ signature }) => signature),
      ],
    );
  }

  /** All ended tasks of these jobs, oldest first. */
  async ofJobs(tx: EntityManager, jobIds: string[]): Promise<JobResult[]> {
    const rows: Record<string, unknown>[] = await tx.query(
      `SELECT job_id, owner_id, node_id, lease_id, n, ended, output_digest, output_bytes, fuel, log_odds_micro, newcomer, alone,
         address_range, leased_at, ended_at
       FROM results WHERE job_id = ANY ($1::uuid[]) ORDER BY job_id, ended_at, n`,
      [jobIds],
    );
    return rows.map((row) => ({
      jobId: row.job_id as string,
      ownerId: row.owner_id as string,
      nodeId: row.node_id as string | null,
      leaseId: row.lease_id as string,
      n: row.n as number,
      ended: row.ended as number,
      outputDigest: row.output_digest as Buffer | null,
      outputBytes: row.output_bytes as number | null,
      fuel: row.fuel === null ? null : BigInt(row.fuel as string),
      logOddsMicro: row.log_odds_micro as number,
      newcomer: row.newcomer as boolean,
      alone: row.alone as boolean,
      addressRange: row.address_range as string | null,
      leasedAt: row.leased_at as Date,
      endedAt: row.ended_at as Date,
    }));
  }

  /**
   * The referee's votes, beside the nodes'. A job has at most one.
   * @returns the jobs that had none before
   */
  async recordReferee(tx: EntityManager, votes: RefereeVote[]): Promise<Set<string>> {
    if (votes.length === 0) return new Set();
    const recorded: { job_id: string }[] = await tx.query(
      `INSERT INTO results (job_id, owner_id, node_id, lease_id, token, leased_at, ended_at, fuel, log_odds_micro, n, ended, newcomer,
         alone, output_digest, output_bytes)
       SELECT job, $2, NULL, run, run, requested, finished, fuel, log_odds, 0, ended, false, false, digest, bytes
       FROM unnest($1::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::bigint[], $7::integer[], $8::smallint[], $9::bytea[],
         $10::integer[]) AS i(job, run, requested, finished, fuel, log_odds, ended, digest, bytes)
       ORDER BY job ON CONFLICT DO NOTHING RETURNING job_id`,
      [
        votes.map(({ jobId }) => jobId),
        REFEREE_OWNER,
        votes.map(({ runId }) => runId),
        votes.map(({ requestedAt }) => requestedAt),
        votes.map(({ finishedAt }) => finishedAt),
        votes.map(({ fuel }) => fuel),
        votes.map(({ logOddsMicro }) => logOddsMicro),
        votes.map(({ ended }) => ended),
        votes.map(({ outputDigest }) => outputDigest),
        votes.map(({ output }) => output?.length ?? null),
      ],
    );
    const outputs = votes.filter((vote) => vote.output !== null);
    await tx.query(
      `INSERT INTO job_payloads (job_id, digest, bytes) SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) ON CONFLICT DO NOTHING`,
      [outputs.map(({ jobId }) => jobId), outputs.map(({ outputDigest }) => outputDigest), outputs.map(({ output }) => output)],
    );
    return new Set(recorded.map((row) => row.job_id));
  }
}
