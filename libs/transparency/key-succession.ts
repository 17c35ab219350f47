/**
 * A log's key follows another by the old key's signature, so that whoever trusts the old one may follow. The statement says at which
 * size: from there on the new key signs. It binds the new key's name too: a log that takes another name announces it in the same way.
 */
import { concatFields } from './length-prefixed.js';
import type { Verify } from './signed-note.js';
import { decodeBase64, formatVerifierKey, parseVerifierKey, type VerifierKey } from './verifier-key.js';

export interface Succession {
  /** The old key, as a verifier key. */
  signedBy: string;
  /** Leaves when the key was rotated, decimal. */
  size: string;
  /** base64 */
  signature: string;
}

/** As `/v1/log/keys` has it, oldest first. */
export interface PublishedLogKey {
  vkey: string;
  /** Absent: the log's first key. */
  succession: Succession | null;
}

/** What the old key signs: `potluck-log-key-v1 ‖ log ‖ new public key ‖ size`, length-prefixed. */
export function successionBytes({ name, publicKey }: VerifierKey, size: number): Uint8Array {
  return concatFields(['potluck-log-key-v1', name, publicKey, String(size)]);
}

/** The trusted keys and those that follow them, by statements that hold; whatever else is published is left out. */
export function followSuccession(
  trusted: readonly VerifierKey[],
  published: readonly PublishedLogKey[],
  verify: Verify,
): VerifierKey[] {
  const keys = new Map(trusted.map((key) => [formatVerifierKey(key), key]));
  // Oldest first, so one pass follows any number of rotations; the bound keeps a hostile list from costing more than itself.
  for (const { vkey, succession } of published.slice(0, 1000)) {
    const old = succession ? keys.get(succession.signedBy) : undefined;
    const reading = parseVerifierKey(vkey);
    if (!succession || !old || reading.state === 'refused') continue;
    const signature = decodeBase64(succession.signature);
    const size = Number(succession.size);
    if (!signature || !Number.isSafeInteger(size) || String(size) !== succession.size) continue;
    if (verify(old.publicKey, successionBytes(reading.key, size), signature)) keys.set(vkey, reading.key);
  }
  return [...keys.values()];
}
