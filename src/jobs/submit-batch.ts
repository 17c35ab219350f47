/** Collects concurrent submissions into sets of at most 200 items; each set is one transaction of `SubmitJobs`. */
import { Injectable } from '@nestjs/common';
import { BatchCollector } from '../database/batch-collector.js';
import type { Submission, SubmissionOutcome } from './new-job.js';
import { SubmitJobs } from './submit-jobs.js';

const JOBS_PER_SET = 200;
const LANES = 2;

@Injectable()
export class SubmitBatch {
  private readonly collector: BatchCollector<Submission, SubmissionOutcome>;

  constructor(submitJobs: SubmitJobs) {
    this.collector = new BatchCollector((submissions) => submitJobs.run(submissions), {
      maxItems: JOBS_PER_SET,
      lanes: LANES,
      weigh: (submission) => submission.jobs.length,
    });
  }

  /** @returns the id of the job or batch, and whether an earlier request with this key made it */
  async add(submission: Submission): Promise<{ resource: string; replayed: boolean }> {
    const outcome = await this.collector.add(submission);
    if (outcome.state === 'refused') throw outcome.error;
    if (outcome.state === 'replay') return { resource: outcome.resource, replayed: true };
    return { resource: submission.batch ? submission.id : (submission.jobs[0]?.id ?? submission.id), replayed: false };
  }
}
