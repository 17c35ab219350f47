/**
 * The fencing token as the worker sees it: opaque text that also carries the key of the lease's row (job, owner), so that a
 * report finds its leases by primary key and no index on lease ids is needed. The random third part is the fence: a report
 * counts iff the row still carries it. Knowing a job's and an owner's id is of no use without it.
 */
export interface LeaseKey {
  jobId: string;
  ownerId: string;
  token: string;
}

const UUID_BYTES = 16;
const TOKEN_TEXT = /^[A-Za-z0-9_-]{64}$/;

export function encodeLeaseToken(key: LeaseKey): string {
  return Buffer.concat([bytesOf(key.jobId), bytesOf(key.ownerId), bytesOf(key.token)]).toString('base64url');
}

/** undefined: not a token of this coordinator. */
export function decodeLeaseToken(text: string): LeaseKey | undefined {
  if (!TOKEN_TEXT.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== 3 * UUID_BYTES) return undefined;
  return { jobId: uuidAt(bytes, 0), ownerId: uuidAt(bytes, UUID_BYTES), token: uuidAt(bytes, 2 * UUID_BYTES) };
}

function bytesOf(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

function uuidAt(bytes: Buffer, offset: number): string {
  const hex = bytes.toString('hex', offset, offset + UUID_BYTES);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
