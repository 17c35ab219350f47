/** Inserts submissions' rows: lanes moved on, jobs, inputs, open and ready rows. Three statements, whatever the number. */
import type { EntityManager } from 'typeorm';
import { tagJobs } from '#libs/scheduling/fair-queue.js';
import { contentTypeCode, type NewJob, type Submission } from './new-job.js';

export async function insertSubmissions(tx: EntityManager, submissions: Submission[]): Promise<void> {
  const starts = await advanceLanes(tx, submissions);
  const rows: { submission: Submission; job: NewJob; tag: bigint }[] = [];
  for (const submission of submissions) {
    const start = starts.get(submission.accountId) ?? 0n;
    const units = submission.jobs.map((job) => job.laneUnitMicro);
    const tags = tagJobs({ virtualTime: start, laneFinish: start, weight: 1, units });
    submission.jobs.forEach((job, place) => {
      rows.push({ submission, job, tag: tags.starts[place] as bigint });
    });
    // Two submissions of one account in a set follow each other in its lane.
    starts.set(submission.accountId, tags.finish);
  }
  await insertBatches(tx, submissions);
  const of = <T>(column: (row: (typeof rows)[number]) => T): T[] => rows.map(column);
  await tx.query('SELECT insert_jobs($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19)', [
    of(({ job }) => job.id),
    of(({ submission }) => submission.accountId),
    of(({ job }) => job.versionId),
    of(({ submission }) => (submission.batch ? submission.id : null)),
    of(({ submission, job }) => (job.holdMicro > 0n ? submission.id : null)),
    of(({ job }) => job.holdMicro),
    of(({ job }) => job.fuelLimit),
    of(({ job }) => job.createdAt),
    of(({ job }) => job.deadlineAt),
    of(({ job }) => job.memoryBytes),
    of(({ job }) => job.maxOutputBytes),
    of(({ job }) => job.rateHundredths),
    of(({ job }) => contentTypeCode(job.contentType)),
    of(({ job }) => job.placement.ownNodesOnly === true),
    of(({ job }) => job.inputDigest),
    of(({ job }) => job.input),
    of(({ job }) => job.assurance),
    of(({ job }) => (job.placement.regions || job.placement.near ? JSON.stringify(job.placement) : null)),
    of(({ tag }) => tag),
  ]);
}

async function advanceLanes(tx: EntityManager, submissions: Submission[]): Promise<Map<string, bigint>> {
  const costs = new Map<string, bigint>();
  for (const { accountId, jobs } of submissions) {
    const cost = jobs.reduce((sum, job) => sum + job.laneUnitMicro, 0n);
    costs.set(accountId, (costs.get(accountId) ?? 0n) + cost);
  }
  const rows: { account_id: string; start: string }[] = await tx.query('SELECT * FROM advance_lanes($1, $2)', [
    [...costs.keys()],
    [...costs.values()],
  ]);
  return new Map(rows.map((row) => [row.account_id, BigInt(row.start)]));
}

async function insertBatches(tx: EntityManager, submissions: Submission[]): Promise<void> {
  const batches = submissions.filter((submission) => submission.batch !== undefined);
  if (batches.length === 0) return;
  await tx.query(
    `INSERT INTO batches (id, account_id, function_name, version_id, job_count, hold_micro, created_at)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::integer[], $6::bigint[], $7::timestamptz[])`,
    [
      batches.map(({ id }) => id),
      batches.map(({ accountId }) => accountId),
      batches.map(({ batch }) => batch?.functionName),
      batches.map(({ batch }) => batch?.versionId),
      batches.map(({ jobs }) => jobs.length),
      batches.map((submission) => holdOf(submission)),
      batches.map(({ jobs }) => jobs[0]?.createdAt),
    ],
  );
}

/** What one submission holds: the sum of its jobs' parts. */
export function holdOf(submission: Submission): bigint {
  return submission.jobs.reduce((sum, job) => sum + job.holdMicro, 0n);
}
