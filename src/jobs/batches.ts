/** Batches as their owner reads them: counts by status, results line by line. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Abi } from '#libs/sandbox/execution.js';
import { encodeId } from '#libs/signing/ids.js';
import { Settings } from '../settings/settings.js';
import type { BatchCountsDto, BatchDto, BatchResultDto } from './batch.dto.js';
import { errorOf } from './job-view.js';
import { contentTypeName } from './new-job.js';
import { statusName } from './result-codes.js';
import { type JsonBounds, shownOutput } from './shown-output.js';

export interface Batch {
  id: string;
  functionName: string;
  jobCount: number;
  holdMicro: bigint;
  createdAt: Date;
}

const PAGE = 200;

@Injectable()
export class Batches {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  async byId(accountId: string, id: string): Promise<Batch | undefined> {
    const [row]: { id: string; function_name: string; job_count: number; hold_micro: string; created_at: Date }[] =
      await this.dataSource.query(
        'SELECT id, function_name, job_count, hold_micro, created_at FROM batches WHERE id = $1 AND account_id = $2',
        [id, accountId],
      );
    return (
      row && {
        id: row.id,
        functionName: row.function_name,
        jobCount: row.job_count,
        holdMicro: BigInt(row.hold_micro),
        createdAt: row.created_at,
      }
    );
  }

  async view(batch: Batch): Promise<BatchDto> {
    const rows: { status: number; count: number }[] = await this.dataSource.query(
      `SELECT o.status, count(*)::integer AS count FROM jobs j JOIN job_outcomes o ON o.job_id = j.id AND o.revision = 1 WHERE j.batch_id = $1 GROUP BY o.status`,
      [batch.id],
    );
    const counts: BatchCountsDto = { open: batch.jobCount, succeeded: 0, failed: 0, timed_out: 0, cancelled: 0 };
    for (const { status, count } of rows) {
      counts[statusName(status)] = count;
      counts.open -= count;
    }
    return batchView(batch, counts);
  }

  async jobIds(batchId: string): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query('SELECT id FROM jobs WHERE batch_id = $1 ORDER BY id', [batchId]);
    return rows.map(({ id }) => id);
  }

  /** Final jobs in the order of their inputs, from `after` on, in pages: no long statement, no large answer in memory. */
  async *results(batchId: string, after: number): AsyncGenerator<BatchResultDto> {
    const ids = await this.jobIds(batchId);
    for (let from = after + 1; from < ids.length; from += PAGE) {
      const rows = await this.outcomes(ids.slice(from, from + PAGE));
      for (const [place, id] of ids.slice(from, from + PAGE).entries()) {
        const row = rows.get(id);
        if (row) yield lineOf(row, { jobId: id, index: from + place }, this.settings.policy.execution);
      }
    }
  }

  private async outcomes(ids: string[]): Promise<Map<string, Record<string, unknown>>> {
    const rows: Record<string, unknown>[] = await this.dataSource.query(
      `SELECT o.job_id, o.status, o.error_kind, o.fuel, o.charged_micro, p.bytes, j.content_type, v.abi FROM job_outcomes o
       JOIN jobs j ON j.id = o.job_id JOIN versions v ON v.id = j.version_id
       LEFT JOIN job_payloads p ON p.job_id = o.job_id AND p.digest = o.output_digest
       WHERE o.job_id = ANY ($1::uuid[]) AND o.revision = 1`,
      [ids],
    );
    return new Map(rows.map((row) => [row.job_id as string, row]));
  }
}

export function batchView(batch: Batch, counts: BatchCountsDto): BatchDto {
  return {
    id: encodeId('batch', batch.id),
    function: batch.functionName,
    hold: batch.holdMicro.toString(),
    jobs: batch.jobCount,
    counts,
    completed: counts.open === 0,
    createdAt: batch.createdAt.toISOString(),
  };
}

function lineOf(
  row: Record<string, unknown>,
  { jobId, index }: { jobId: string; index: number },
  bounds: JsonBounds,
): BatchResultDto {
  const output = row.bytes as Buffer | null;
  const kind = row.error_kind as string | null;
  const call = { abi: row.abi as Abi, contentType: contentTypeName(row.content_type as number) };
  const shown = kind === null && output ? shownOutput(output, call, bounds) : undefined;
  return {
    index,
    jobId: encodeId('job', jobId),
    status: statusName(row.status as number),
    ...(shown && ('json' in shown ? { output: shown.json } : { outputBase64: shown.base64 })),
    ...(kind === null ? {} : { error: errorOf(kind, output) }),
    ...(row.fuel === null ? {} : { fuel: row.fuel as string }),
    charged: row.charged_micro as string,
  };
}
