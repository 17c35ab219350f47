/** SHA-256 digests: 32 bytes inside, `sha256:<hex>` over the API. */
import { createHash } from 'node:crypto';

export function sha256(...parts: (Uint8Array | string)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export function formatDigest(digest: Uint8Array): string {
  return `sha256:${Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('hex')}`;
}

/** undefined: not a digest. */
export function parseDigest(text: string): Buffer | undefined {
  return /^sha256:[0-9a-f]{64}$/.test(text) ? Buffer.from(text.slice(7), 'hex') : undefined;
}
