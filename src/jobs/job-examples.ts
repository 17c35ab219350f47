/** What the API reference shows where a job is not final, or ended without an answer. */
import type { BatchDto } from './batch.dto.js';
import type { JobDto } from './job.dto.js';

const digest = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';

export const queuedJobExample: JobDto = {
  id: 'job_01jd8w2v7qe3f9a2kq0v6m4xyz',
  function: 'primes',
  version: digest,
  codeDigest: digest,
  runtimeId: 'js-1-0123456789ab',
  status: 'queued',
  hold: '2676130',
  contentType: 'application/json',
  assurance: 'standard',
  executions: 0,
  selfExecuted: false,
  createdAt: '2026-11-23T12:00:00.000Z',
  deadlineAt: '2026-11-23T13:00:00.000Z',
  timings: { queuedMs: 0, runMs: 0, verifyMs: 0 },
};

export const waitingJobExample: JobDto = {
  ...queuedJobExample,
  input: { below: 100 },
  queue: { position: 12, etaMs: 840 },
  timings: { queuedMs: 25_000, runMs: 0, verifyMs: 0 },
};

export const cancelledJobExample: JobDto = {
  ...queuedJobExample,
  status: 'cancelled',
  input: { below: 100 },
  charged: '0',
  finishedAt: '2026-11-23T12:00:02.000Z',
  timings: { queuedMs: 2000, runMs: 0, verifyMs: 0 },
};

export const openBatchExample: BatchDto = {
  id: 'batch_01jd8w2v7qe3f9a2kq0v6m4xyz',
  function: 'primes',
  hold: '5352260',
  jobs: 2,
  counts: { open: 2, succeeded: 0, failed: 0, timed_out: 0, cancelled: 0 },
  completed: false,
  createdAt: '2026-11-23T12:00:00.000Z',
};
