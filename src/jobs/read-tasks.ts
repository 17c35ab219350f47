/** Who ran a job: every ended task with its signature, visible once the job is settled. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { formatDigest } from '#libs/signing/digest.js';
import { encodeId } from '#libs/signing/ids.js';
import { endingName } from './result-codes.js';
import type { JobTasksDto, TaskDto } from './task.dto.js';

@Injectable()
export class ReadTasks {
  constructor(private readonly dataSource: DataSource) {}

  async ofJob(jobId: string): Promise<JobTasksDto> {
    const [outcome]: Record<string, unknown>[] = await this.dataSource.query(
      'SELECT outcome, output_digest, fuel, credibility_ppm, referee FROM job_outcomes WHERE job_id = $1 AND revision = 1',
      [jobId],
    );
    if (!outcome) return { settled: false, verdict: null, data: [] };
    const rows: Record<string, unknown>[] = await this.dataSource.query(
      `SELECT t.*, r.signature, r.public_key FROM results t LEFT JOIN reports r ON r.id = t.report_id
       WHERE t.job_id = $1 ORDER BY t.ended_at, t.n`,
      [jobId],
    );
    const credibility = outcome.credibility_ppm === null ? null : (outcome.credibility_ppm as number) / 1e6;
    return {
      settled: true,
      verdict: outcome.outcome === null ? null : { credibility, referee: outcome.referee as boolean },
      data: rows.map((row) => taskOf(row, outcome)),
    };
  }
}

function taskOf(row: Record<string, unknown>, outcome: Record<string, unknown>): TaskDto {
  const digest = row.output_digest as Buffer | null;
  const agreed =
    row.ended === outcome.outcome && row.fuel === outcome.fuel && digest?.equals(outcome.output_digest as Buffer) === true;
  return {
    taskId: encodeId('task', row.lease_id as string),
    nodeId: row.node_id ? encodeId('node', row.node_id as string) : null,
    referee: row.node_id === null,
    outcome: endingName(row.ended as number),
    ...(digest ? { outputDigest: formatDigest(digest) } : {}),
    ...(row.fuel === null ? {} : { fuel: row.fuel as string }),
    agreed,
    ...(row.signature ? { signature: (row.signature as Buffer).toString('base64') } : {}),
    ...(row.public_key ? { publicKey: (row.public_key as Buffer).toString('base64') } : {}),
    leasedAt: (row.leased_at as Date).toISOString(),
    endedAt: (row.ended_at as Date).toISOString(),
    ...(row.run_ms === null ? {} : { runMs: row.run_ms as number }),
  };
}
