/**
 * What a slash is for, as its transfer's evidence binds it: the fields in the order of their names, each as `name=value` on a line of
 * its own. Where the wrong result had been delivered, `correctedReceipt` is the digest of what the job's second receipt says.
 */
import { sha256 } from './digest.js';

export function slashEvidenceHash(evidence: Readonly<Record<string, string>>): Buffer {
  const lines = Object.keys(evidence)
    .sort()
    .map((name) => `${name}=${evidence[name]}\n`);
  return sha256(lines.join(''));
}
