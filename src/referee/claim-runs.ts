/** The runner's side of the rows: take, keep alive, finish. A run whose runner has not renewed it for a while is taken again. */

import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Abi, ExecutionResult } from '#libs/sandbox/execution.js';
import type { RunPurpose } from './referee-runs.js';

export interface ClaimedRun {
  id: string;
  purpose: RunPurpose;
  runtimeId: string;
  abi: Abi;
  code: Buffer;
  codeDigest: Buffer;
  input: Buffer;
  contentType: string;
  context: { jobId: string; now: string; seed: string; functionName: string; version: string; fuelLimit: string };
  limits: { fuelLimit: bigint; memoryBytes: number; maxOutputBytes: number };
}

/** Five missed renewals: the runner is dead. */
const STALE_MS = 5_000;

@Injectable()
export class ClaimRuns {
  constructor(private readonly dataSource: DataSource) {}

  /** Deploy checks first: somebody waits for them at the door. */
  async claim(runner: string, purposes: readonly RunPurpose[], limit: number): Promise<ClaimedRun[]> {
    const [rows]: [Record<string, unknown>[], number] = await this.dataSource.query(
      `UPDATE referee_runs r SET taken_at = clock_timestamp(), runner = $1
       FROM (
         SELECT id FROM referee_runs
         WHERE finished_at IS NULL AND purpose = ANY ($4::text[]) AND (taken_at IS NULL OR taken_at < clock_timestamp() - $3 * interval '1 millisecond')
         ORDER BY (purpose = 'deploy') DESC, id LIMIT $2 FOR UPDATE SKIP LOCKED
       ) next
       WHERE r.id = next.id
       RETURNING r.id, r.purpose, r.runtime_id, r.abi, r.code, r.code_digest, r.input, r.content_type, r.context, r.fuel_limit, r.memory_bytes, r.max_output_bytes`,
      [runner, limit, STALE_MS, purposes],
    );
    return rows.map((row) => ({
      id: row.id as string,
      purpose: row.purpose as RunPurpose,
      runtimeId: row.runtime_id as string,
      abi: row.abi as Abi,
      code: row.code as Buffer,
      codeDigest: row.code_digest as Buffer,
      input: row.input as Buffer,
      contentType: row.content_type as string,
      context: row.context as ClaimedRun['context'],
      limits: {
        fuelLimit: BigInt(row.fuel_limit as string),
        memoryBytes: row.memory_bytes as number,
        maxOutputBytes: row.max_output_bytes as number,
      },
    }));
  }

  async renew(runner: string): Promise<void> {
    await this.dataSource.query(
      'UPDATE referee_runs SET taken_at = clock_timestamp() WHERE runner = $1 AND finished_at IS NULL',
      [runner],
    );
  }

  /** Writes the result; code and input are of no use any more. A run that another runner has taken over is left alone. */
  async finish(runner: string, id: string, result: ExecutionResult): Promise<void> {
    const failed = 'hostFailure' in result;
    await this.dataSource.query(
      `UPDATE referee_runs SET outcome = $3, output = $4, output_digest = $5, fuel = $6, host_failure = $7, finished_at = clock_timestamp(),
         code = NULL, input = NULL
       WHERE id = $1 AND runner = $2 AND finished_at IS NULL`,
      [
        id,
        runner,
        failed ? null : result.outcome,
        failed ? null : Buffer.from(result.output),
        failed ? null : createHash('sha256').update(result.output).digest(),
        failed ? null : result.fuel,
        failed ? result.hostFailure : null,
      ],
    );
  }
}
