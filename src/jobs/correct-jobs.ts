/** The correction of a final job: a second revision of its outcome. The first stays as it was delivered. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

@Injectable()
export class CorrectJobs {
  /** At most one correction a job: a second one finds the first and changes nothing. */
  async run(
    tx: EntityManager,
    correction: {
      jobId: string;
      outcome: number;
      outputDigest: Buffer | null;
      fuel: bigint | null;
      credibilityPpm: number | null;
    },
  ): Promise<void> {
    await tx.query(
      `INSERT INTO job_outcomes (job_id, revision, status, outcome, executions, referee, self_executed, credibility_ppm, fuel,
         unit_micro, charged_micro, started_at, run_ended_at, finished_at, output_digest, error_kind)
       SELECT job_id, 2, status, $2, executions, true, self_executed, $5, $3, unit_micro, charged_micro, started_at,
         run_ended_at, clock_timestamp(), $4, error_kind
       FROM job_outcomes WHERE job_id = $1 AND revision = 1
       ON CONFLICT DO NOTHING`,
      [correction.jobId, correction.outcome, correction.fuel, correction.outputDigest, correction.credibilityPpm],
    );
  }
}
