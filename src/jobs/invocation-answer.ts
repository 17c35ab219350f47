/** How an invocation ends on the wire: the function's output itself as the body, the facts in headers. */
import type { FastifyReply } from 'fastify';
import type { Abi } from '#libs/sandbox/execution.js';
import { encodeId } from '#libs/signing/ids.js';
import { DomainError } from '../http/domain-error.js';
import type { JobDto } from './job.dto.js';
import { errorOf, type JobRow } from './job-view.js';
import { statusName } from './result-codes.js';
import { type JsonBounds, mediaTypeOf } from './shown-output.js';

/** Guest bytes never become a page of ours. */
const GUEST_POLICY = "sandbox; default-src 'none'";

export function answerFinal(reply: FastifyReply, row: JobRow, abi: Abi, bounds: JsonBounds): void {
  const { final } = row;
  if (!final) throw new Error('the job is not final');
  void reply.headers({
    'Job-Id': encodeId('job', row.jobId),
    'Credits-Charged': final.chargedMicro.toString(),
    Executions: String(final.executions),
    'Content-Security-Policy': GUEST_POLICY,
    ...(final.fuel === null ? {} : { Fuel: final.fuel.toString() }),
  });
  const status = statusName(final.status);
  if (status === 'timed_out') {
    throw new DomainError('job_timed_out', 'no node could take the job before its deadline; nothing was charged', {
      extension: { jobId: encodeId('job', row.jobId) },
    });
  }
  if (status === 'cancelled')
    throw new DomainError('job_cancelled', 'the job was cancelled', { extension: { jobId: encodeId('job', row.jobId) } });
  if (status === 'failed') {
    const error = errorOf(final.errorKind ?? 'failed', row.output);
    void reply.status(200).header('Function-Error', error.kind).type('application/json').send(JSON.stringify({ error }));
    return;
  }
  const output = row.output ?? Buffer.from('null');
  void reply
    .status(200)
    .type(mediaTypeOf(output, { abi, contentType: row.contentType }, bounds))
    .send(output);
}

export function answerOpen(reply: FastifyReply, job: JobDto): void {
  void reply
    .status(202)
    .headers({ 'Job-Id': job.id, Location: `/v1/jobs/${job.id}`, 'Retry-After': '1' })
    .send(job);
}
