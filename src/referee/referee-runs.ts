/** Asking the referee and collecting what it found. The rows are the only channel between the asker and the referee's process. */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Abi, HostFailure, Outcome } from '#libs/sandbox/execution.js';
import { Settings } from '../settings/settings.js';

export type RunPurpose = 'deploy' | 'estimate' | 'vote' | 'audit' | 'dispute';

export interface NewRun {
  id: string;
  purpose: RunPurpose;
  /** What it is about: a job, or the version to be. */
  subject: string;
  runtimeId: string;
  abi: Abi;
  code: Uint8Array;
  codeDigest: Buffer;
  input: Uint8Array;
  contentType: string;
  context: { jobId: string; now: string; seed: string; functionName: string; version: string; fuelLimit: string };
  limits: { fuelLimit: bigint; memoryBytes: number; maxOutputBytes: number };
}

export interface FinishedRun {
  id: string;
  purpose: RunPurpose;
  subject: string;
  /** One of the two is there. */
  outcome: Outcome | null;
  hostFailure: HostFailure | null;
  output: Buffer | null;
  outputDigest: Buffer | null;
  fuel: bigint | null;
  requestedAt: Date;
  finishedAt: Date;
}

@Injectable()
export class RefereeRuns {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  /** Asks unless so many runs of this purpose wait already, however many ask at once and through whichever replica. */
  async requestWithin(tx: EntityManager, run: NewRun, waitingMax: number): Promise<boolean> {
    // One asker at a time, until its transaction ends; nobody else locks by this name.
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('referee_runs ' || $1, 0))`, [run.purpose]);
    const [row]: { count: number }[] = await tx.query(
      'SELECT count(*)::integer AS count FROM referee_runs WHERE finished_at IS NULL AND purpose = $1',
      [run.purpose],
    );
    if ((row?.count ?? 0) >= waitingMax) return false;
    await this.request(tx, [run]);
    return true;
  }

  /** Asking twice about the same job for the same purpose is asking once. */
  async request(tx: EntityManager, runs: NewRun[]): Promise<void> {
    if (runs.length === 0) return;
    const of = <T>(column: (run: NewRun) => T): T[] => runs.map(column);
    await tx.query(
      `INSERT INTO referee_runs (id, purpose, subject, runtime_id, abi, code, code_digest, input, content_type, context, fuel_limit, memory_bytes, max_output_bytes)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::bytea[], $9::text[], $10::jsonb[],
         $11::bigint[], $12::integer[], $13::integer[])
       ON CONFLICT DO NOTHING`,
      [
        of(({ id }) => id),
        of(({ purpose }) => purpose),
        of(({ subject }) => subject),
        of(({ runtimeId }) => runtimeId),
        of(({ abi }) => abi),
        of(({ code }) => Buffer.from(code)),
        of(({ codeDigest }) => codeDigest),
        of(({ input }) => Buffer.from(input)),
        of(({ contentType }) => contentType),
        of(({ context }) => JSON.stringify(context)),
        of(({ limits }) => limits.fuelLimit),
        of(({ limits }) => limits.memoryBytes),
        of(({ limits }) => limits.maxOutputBytes),
      ],
    );
  }

  /** Deletes and answers finished runs, oldest first; rows another process is collecting are passed over. */
  async takeFinished(tx: EntityManager, purposes: RunPurpose[], limit: number): Promise<FinishedRun[]> {
    const rows: Record<string, unknown>[] = await tx.query(
      `WITH finished AS (
         SELECT id FROM referee_runs WHERE finished_at IS NOT NULL AND purpose = ANY ($1::text[]) ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED
       ), taken AS (
         DELETE FROM referee_runs r USING finished f WHERE r.id = f.id
         RETURNING r.id, r.purpose, r.subject, r.outcome, r.host_failure, r.output, r.output_digest, r.fuel, r.requested_at, r.finished_at
       )
       SELECT * FROM taken ORDER BY finished_at`,
      [purposes, limit],
    );
    return rows.map(finishedRun);
  }

  /** Deletes and answers one run if it is finished. */
  async collect(id: string): Promise<FinishedRun | undefined> {
    const [rows]: [Record<string, unknown>[], number] = await this.dataSource.query(
      `DELETE FROM referee_runs WHERE id = $1 AND finished_at IS NOT NULL
       RETURNING id, purpose, subject, outcome, host_failure, output, output_digest, fuel, requested_at, finished_at`,
      [id],
    );
    return rows[0] && finishedRun(rows[0]);
  }

  /** Nobody waits for it any more. */
  async withdraw(id: string): Promise<void> {
    await this.dataSource.query('DELETE FROM referee_runs WHERE id = $1', [id]);
  }

  /** Runs wait, and for a minute no referee process has taken or worked on any. */
  async isAway(): Promise<boolean> {
    const [row]: { away: boolean }[] = await this.dataSource.query(
      `SELECT EXISTS (SELECT 1 FROM referee_runs WHERE finished_at IS NULL AND requested_at < clock_timestamp() - $1 * interval '1 millisecond')
         AND NOT EXISTS (SELECT 1 FROM referee_runs WHERE taken_at > clock_timestamp() - $1 * interval '1 millisecond') AS away`,
      [this.settings.policy.verdict.refereeAwayMs],
    );
    return row?.away ?? false;
  }
}

function finishedRun(row: Record<string, unknown>): FinishedRun {
  return {
    id: row.id as string,
    purpose: row.purpose as RunPurpose,
    subject: row.subject as string,
    outcome: row.outcome as Outcome | null,
    hostFailure: row.host_failure as HostFailure | null,
    output: row.output as Buffer | null,
    outputDigest: row.output_digest as Buffer | null,
    fuel: row.fuel === null ? null : BigInt(row.fuel as string),
    requestedAt: row.requested_at as Date,
    finishedAt: row.finished_at as Date,
  };
}
