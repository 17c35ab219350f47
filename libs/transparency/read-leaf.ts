/** A leaf's bytes as the fields that leaf.ts made them of. */
import type { LeafFields } from './leaf.js';
import { readFields } from './read-fields.js';

const HEAD = 9;
const HASH_BYTES = 32;

/** undefined: not the canonical bytes of any leaf. */
export function readLeaf(bytes: Uint8Array): LeafFields | undefined {
  const fields = readFields(bytes);
  if (!fields || fields.length < HEAD) return undefined;
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const evidenceHash = fields[7] as Uint8Array;
  const legHashes = fields.slice(HEAD);
  try {
    const [tag, id, createdAt, kind, reference, ordinal, reverses] = fields.slice(0, 7).map((field) => utf8.decode(field));
    const count = utf8.decode(fields[8]);
    if (tag !== 'potluck-leaf-v1' || count !== String(legHashes.length)) return undefined;
    if (evidenceHash.length !== 0 && evidenceHash.length !== HASH_BYTES) return undefined;
    if (legHashes.some((hash) => hash.length !== HASH_BYTES)) return undefined;
    return { id, createdAt, kind, reference, ordinal, reverses, evidenceHash, legHashes } as LeafFields;
  } catch {
    return undefined;
  }
}
