/** Final jobs with their results, as disputes and late results need them. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type JobResult, Results } from '../jobs/results.js';

export interface SettledJob {
  jobId: string;
  accountId: string;
  versionId: string;
  inputDigest: Buffer;
  assurance: string;
  outcome: number | null;
  outputDigest: Buffer | null;
  fuel: bigint | null;
  unitMicro: bigint | null;
  chargedMicro: bigint;
  selfExecuted: boolean;
  referee: boolean;
  results: JobResult[];
}

@Injectable()
export class SettledJobs {
  constructor(private readonly results: Results) {}

  async read(tx: EntityManager, jobIds: string[]): Promise<Map<string, SettledJob>> {
    const rows: Record<string, unknown>[] = await tx.query(
      `SELECT o.job_id, j.account_id, j.version_id, j.input_digest, j.assurance, o.outcome, o.output_digest, o.fuel, o.unit_micro, o.charged_micro,
         o.self_executed, o.referee
       FROM job_outcomes o JOIN jobs j ON j.id = o.job_id
       WHERE o.job_id = ANY ($1::uuid[]) AND o.revision = 1`,
      [jobIds],
    );
    const results = await this.results.ofJobs(tx, jobIds);
    return new Map(
      rows.map((row) => [
        row.job_id as string,
        {
          jobId: row.job_id as string,
          accountId: row.account_id as string,
          versionId: row.version_id as string,
          inputDigest: row.input_digest as Buffer,
          assurance: row.assurance as string,
          outcome: row.outcome as number | null,
          outputDigest: row.output_digest as Buffer | null,
          fuel: row.fuel === null ? null : BigInt(row.fuel as string),
          unitMicro: row.unit_micro === null ? null : BigInt(row.unit_micro as string),
          chargedMicro: BigInt(row.charged_micro as string),
          selfExecuted: row.self_executed as boolean,
          referee: row.referee as boolean,
          results: results.filter((result) => result.jobId === row.job_id),
        },
      ]),
    );
  }
}
