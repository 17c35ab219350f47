/** What a guest may know of its call; the same for every node and for the referee, so that the same bytes come out. */
import { formatDigest } from '#libs/signing/digest.js';
import { encodeId } from '#libs/signing/ids.js';

export interface GuestContext {
  jobId: string;
  now: string;
  seed: string;
  functionName: string;
  version: string;
  fuelLimit: string;
}

export function guestContext(
  job: { jobId: string; createdAt: Date; fuelLimit: bigint },
  version: { functionName: string; codeDigest: Buffer },
): GuestContext {
  return {
    jobId: encodeId('job', job.jobId),
    now: job.createdAt.toISOString(),
    seed: job.jobId.replaceAll('-', ''),
    functionName: version.functionName,
    version: formatDigest(version.codeDigest),
    fuelLimit: job.fuelLimit.toString(),
  };
}
