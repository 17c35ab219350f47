/**
 * One invocation's answer, whichever way it came: as the body of a 200 (the output itself, facts in headers) or, when it was not
 * done in time, as the job that the 202 pointed to.
 */
import type { Assurance, Digest, Fuel, Job, JobError, MicroCredits, Placement } from './api-types.js';
import type { CallOptions } from './send-request.js';

export interface InvokeOptions extends CallOptions {
  version?: Digest;
  assurance?: Assurance;
  placement?: Placement;
  fuelLimit?: Fuel;
  maxCharge?: MicroCredits;
  deadlineMs?: number;
  /** Seconds that the first answer may take; after that the job is followed. Default 25. */
  waitSeconds?: number;
}

export interface InvocationFacts {
  jobId: string;
  fuel: Fuel | null;
  charged: MicroCredits | null;
  executions: number;
}

/** `output` is the parsed JSON value, or bytes when the function answered `application/octet-stream`. */
export type Invocation<T = unknown> = InvocationFacts &
  ({ status: 'succeeded'; output: T } | { status: 'failed' | 'timed_out' | 'cancelled'; error: JobError });

export function invokeQuery(options: InvokeOptions): Record<string, string | number | boolean | undefined> {
  return {
    version: options.version,
    assurance: options.assurance,
    fuelLimit: options.fuelLimit,
    maxCharge: options.maxCharge,
    deadlineMs: options.deadlineMs,
    regions: options.placement?.regions?.join(','),
    near: options.placement?.near,
    ownNodesOnly: options.placement?.ownNodesOnly,
  };
}

export async function invocationFromResponse<T>(response: Response): Promise<Invocation<T>> {
  const { headers } = response;
  const facts: InvocationFacts = {
    jobId: headers.get('job-id') ?? '',
    fuel: headers.get('fuel'),
    charged: headers.get('credits-charged'),
    executions: Number(headers.get('executions') ?? 0),
  };
  const kind = headers.get('function-error');
  if (kind === null) return { ...facts, status: 'succeeded', output: await readOutput<T>(response) };
  const body = (await response.json()) as { error?: JobError };
  return { ...facts, status: 'failed', error: body.error ?? { kind, message: kind } };
}

async function readOutput<T>(response: Response): Promise<T> {
  const isBinary = response.headers.get('content-type')?.startsWith('application/octet-stream') ?? false;
  return (isBinary ? new Uint8Array(await response.arrayBuffer()) : await response.json()) as T;
}

/** Only for a job that has ended. */
export function invocationFromJob<T>(job: Job): Invocation<T> {
  const facts = { jobId: job.id, fuel: job.fuel ?? null, charged: job.charged ?? null, executions: job.executions };
  if (job.status === 'succeeded') return { ...facts, status: 'succeeded', output: outputOf(job) as T };
  const status = job.status === 'timed_out' || job.status === 'cancelled' ? job.status : 'failed';
  return { ...facts, status, error: job.error ?? { kind: status, message: `The job ended as ${status}` } };
}

const outputOf = ({ output, outputBase64 }: Job): unknown =>
  outputBase64 === undefined ? output : Uint8Array.from(atob(outputBase64), (char) => char.charCodeAt(0));

export const isFinal = (job: Pick<Job, 'status'>): boolean =>
  job.status !== 'queued' && job.status !== 'running' && job.status !== 'verifying';
