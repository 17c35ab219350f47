/** A lease as the worker gets it: everything it needs to run the task, but the code, which it fetches once by digest. */
import { formatDigest } from '#libs/signing/digest.js';
import { encodeId } from '#libs/signing/ids.js';
import type { VersionFacts } from '../functions/versions.js';
import { guestContext } from '../jobs/guest-context.js';
import { encodeLeaseToken } from '../jobs/lease-token.js';
import type { ContentType } from '../jobs/new-job.js';

export interface LeaseAnswer {
  leaseId: string;
  token: string;
  taskId: string;
  jobId: string;
  functionName: string;
  version: string;
  codeDigest: string;
  runtimeId: string;
  abi: string;
  inputDigest: string;
  input: string;
  contentType: string;
  now: string;
  seed: string;
  fuelLimit: string;
  memoryBytes: number;
  maxOutputBytes: number;
  leaseMs: number;
}

export interface LeasedJob {
  jobId: string;
  createdAt: Date;
  fuelLimit: bigint;
  inputDigest: Buffer;
  contentType: ContentType;
  memoryBytes: number;
  maxOutputBytes: number;
}

export function leaseAnswer(
  lease: { leaseId: string; ownerId: string; token: string; leaseMs: number },
  job: LeasedJob,
  version: VersionFacts,
  input: Buffer,
): LeaseAnswer {
  const context = guestContext(job, version);
  return {
    leaseId: encodeId('lease', lease.leaseId),
    token: encodeLeaseToken({ jobId: job.jobId, ownerId: lease.ownerId, token: lease.token }),
    taskId: encodeId('task', lease.leaseId),
    jobId: context.jobId,
    functionName: context.functionName,
    version: context.version,
    codeDigest: context.version,
    runtimeId: version.runtimeId,
    abi: version.abi,
    inputDigest: formatDigest(job.inputDigest),
    input: input.toString('base64'),
    contentType: job.contentType,
    now: context.now,
    seed: context.seed,
    fuelLimit: context.fuelLimit,
    memoryBytes: job.memoryBytes,
    maxOutputBytes: job.maxOutputBytes,
    leaseMs: lease.leaseMs,
  };
}
