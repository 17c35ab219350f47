/** What is needed to check a node's RFC 9421 signature again, by anyone and at any time: the covered components as they came. */
import type { RawRequest } from '../http/read-body.js';

export interface SignedRequestRecord {
  method: string;
  authority: string;
  /** Path and query. */
  target: string;
  signatureInput: string;
  signature: string;
  contentDigest: string;
  /** base64 */
  body: string;
}

// A heartbeat of a node with a hundred open leases. A larger one is answered as any, but not kept.
const MAX_BYTES = 6_144;

export function recordOf(request: RawRequest): SignedRequestRecord | null {
  const { headers } = request;
  const record: SignedRequestRecord = {
    method: request.method,
    authority: (headers.host ?? '').toLowerCase(),
    target: request.url,
    signatureInput: textOf(headers['signature-input']),
    signature: textOf(headers.signature),
    contentDigest: textOf(headers['content-digest']),
    body: request.rawBody?.toString('base64') ?? '',
  };
  const bytes = Object.values(record).reduce((sum, text) => sum + text.length, 0);
  return bytes <= MAX_BYTES ? record : null;
}

const textOf = (header: string | string[] | undefined): string => (Array.isArray(header) ? header.join(', ') : (header ?? ''));
