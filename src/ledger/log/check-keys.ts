/** What is signed in the log: its keys' statements and its checkpoints, against each other. Pure: the offenders as text. */

import { createVerifier } from '#libs/signing/ed25519-node.js';
import { readCheckpoint } from '#libs/transparency/checkpoint.js';
import { successionBytes } from '#libs/transparency/key-succession.js';
import type { Verify } from '#libs/transparency/signed-note.js';
import type { LogKey } from './log-keys.js';

const verify: Verify = (publicKey, bytes, signature) => createVerifier(Buffer.from(publicKey))(bytes, signature);

/** Keys follow each other from 1, each by the signature of the one before. */
export function offendingKeys(keys: readonly LogKey[]): string[] {
  return keys.flatMap((key, place) => {
    if (key.number !== place + 1) return [`log key ${key.number} stands at place ${place + 1}`];
    const old = keys[place - 1];
    if (!old) return [];
    const holds = key.succession !== null && verify(old.publicKey, successionBytes(key, key.size), key.succession);
    return holds ? [] : [`log key ${key.number} is not announced by the one before it`];
  });
}

/** The note says what its row says, and the key that it names has signed it. */
export function offendingNote(
  row: { size: number; root: Buffer; note: string; keyNumber: number },
  keys: readonly LogKey[],
): string[] {
  const key = keys.find(({ number }) => number === row.keyNumber);
  const reading = readCheckpoint(row.note, { keys: key ? [key] : [], verify });
  if (reading.state === 'refused') return [`checkpoint ${row.size} is not valid: ${reading.detail}`];
  const { size, root } = reading.checkpoint;
  return size === row.size && row.root.equals(root) ? [] : [`checkpoint ${row.size} does not say what it signs`];
}
