/**
 * Signed tree heads (c2sp.org/tlog-checkpoint): a note of origin, size and root. A log signs with a key of its own name, so a
 * checkpoint whose origin is not the name of its key is another log's.
 */
import { type NoteSigner, readNote, signNote, type Verify } from './signed-note.js';
import { decodeBase64, isKeyName, type Refused, type VerifierKey } from './verifier-key.js';

export { formatVerifierKey, parseVerifierKey, type VerifierKey } from './verifier-key.js';

export interface Checkpoint {
  /** The log's name, as `grid.example.org/v1/log`. */
  origin: string;
  /** Leaves. */
  size: number;
  /** 32 bytes. */
  root: Uint8Array;
}

export type CheckpointRefusal = 'malformed' | 'too_large' | 'unknown_key' | 'bad_signature' | 'wrong_origin';
export type CheckpointReading = { state: 'valid'; checkpoint: Checkpoint; keyName: string } | Refused<CheckpointRefusal>;

/** The note's text: what is signed. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  if (!isKeyName(origin)) throw new RangeError(`${JSON.stringify(origin)} cannot name a log`);
  if (!Number.isSafeInteger(size) || size < 0 || root.length !== 32) throw new RangeError('no size or root of a tree');
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/** The note, deterministic as ed25519 is: one key signs one size and root in one way. */
export function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): string {
  return signNote(checkpointText(checkpoint), signer);
}

export function readCheckpoint(note: string, trusted: { keys: readonly VerifierKey[]; verify: Verify }): CheckpointReading {
  const reading = readNote(note, trusted);
  if (reading.state === 'refused') return reading;
  const checkpoint = parseText(reading.text);
  if (!checkpoint) return { state: 'refused', code: 'malformed', detail: 'the text is not the lines origin, size and root' };
  if (checkpoint.origin !== reading.keyName)
    return { state: 'refused', code: 'wrong_origin', detail: `signed by ${reading.keyName} for the log ${checkpoint.origin}` };
  return { state: 'valid', checkpoint, keyName: reading.keyName };
}

/** Extension lines are allowed and ignored; they bind nothing that a proof could show. */
function parseText(text: string): Checkpoint | undefined {
  const lines = text.slice(0, -1).split('\n');
  const [origin = '', size = '', encoded = ''] = lines;
  const root = decodeBase64(encoded);
  const count = Number(size);
  if (lines.length < 3 || lines.includes('') || root?.length !== 32) return undefined;
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(count)) return undefined;
  return { origin, size: count, root: new Uint8Array(root) };
}
