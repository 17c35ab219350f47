/** What never changes about a job, final or not: read without locks. */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type ContentType, contentTypeName } from './new-job.js';

export interface JobFacts {
  jobId: string;
  accountId: string;
  versionId: string;
  fuelLimit: bigint;
  memoryBytes: number;
  maxOutputBytes: number;
  contentType: ContentType;
  inputBytes: number;
  inputDigest: Buffer;
  rateHundredths: number;
  createdAt: Date;
}

@Injectable()
export class JobFactsReader {
  constructor(private readonly dataSource: DataSource) {}

  async byIds(jobIds: string[], tx: EntityManager = this.dataSource.manager): Promise<Map<string, JobFacts>> {
    if (jobIds.length === 0) return new Map();
    const rows: Record<string, unknown>[] = await tx.query(
      `SELECT id, account_id, version_id, fuel_limit, memory_bytes, max_output_bytes, content_type, input_bytes, input_digest,
         rate_hundredths, created_at
       FROM jobs WHERE id = ANY ($1::uuid[])`,
      [jobIds],
    );
    return new Map(
      rows.map((row) => [
        row.id as string,
        {
          jobId: row.id as string,
          accountId: row.account_id as string,
          versionId: row.version_id as string,
          fuelLimit: BigInt(row.fuel_limit as string),
          memoryBytes: row.memory_bytes as number,
          maxOutputBytes: row.max_output_bytes as number,
          contentType: contentTypeName(row.content_type as number),
          inputBytes: row.input_bytes as number,
          inputDigest: row.input_digest as Buffer,
          rateHundredths: row.rate_hundredths as number,
          createdAt: row.created_at as Date,
        },
      ]),
    );
  }

  async inputs(tx: EntityManager, jobs: { jobId: string; inputDigest: Buffer }[]): Promise<Map<string, Buffer>> {
    if (jobs.length === 0) return new Map();
    const rows: { job_id: string; bytes: Buffer }[] = await tx.query(
      `SELECT p.job_id, p.bytes FROM unnest($1::uuid[], $2::bytea[]) AS i(job, digest)
       JOIN job_payloads p ON p.job_id = i.job AND p.digest = i.digest`,
      [jobs.map(({ jobId }) => jobId), jobs.map(({ inputDigest }) => inputDigest)],
    );
    return new Map(rows.map((row) => [row.job_id, row.bytes]));
  }
}
