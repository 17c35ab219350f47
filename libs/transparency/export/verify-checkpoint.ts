/** Whether a checkpoint is the log's: signed by a key that is trusted, or by one that follows it by statements of the keys before. */
import { type Checkpoint, readCheckpoint, type VerifierKey } from '../checkpoint.js';
import { followSuccession, type PublishedLogKey } from '../key-succession.js';
import type { Verify } from '../signed-note.js';
import { parseVerifierKey } from '../verifier-key.js';
import type { Faults } from './fault.js';

/** A note with the signatures of many witnesses. */
export const MAX_CHECKPOINT_BYTES = 131_072;

/** What the export itself says its keys are: they show a slip, not a forgery. */
export function publishedKeys(published: readonly PublishedLogKey[]): VerifierKey[] {
  return published.flatMap((entry) => {
    const reading = parseVerifierKey(String(entry?.vkey));
    return reading.state === 'valid' ? [reading.key] : [];
  });
}

export function trustedKeys(given: readonly VerifierKey[], published: readonly PublishedLogKey[], verify: Verify): VerifierKey[] {
  return given.length > 0 ? followSuccession(given, published, verify) : publishedKeys(published);
}

export interface SignedCheckpoint extends Checkpoint {
  keyName: string;
}

/** @param file as it is called in a fault */
export function checkCheckpoint(
  note: string,
  file: string,
  trust: { keys: readonly VerifierKey[]; verify: Verify },
  faults: Faults,
): SignedCheckpoint | undefined {
  const reading = readCheckpoint(note, trust);
  if (reading.state === 'valid') return { ...reading.checkpoint, keyName: reading.keyName };
  const { code, detail } = reading;
  if (code === 'unknown_key') {
    faults.add({ code: 're_signed', file, detail: `${file} is not signed by the trusted key: ${detail}` });
  } else if (code === 'bad_signature') {
    faults.add({ code: 'signature_invalid', file, detail: `${file}: ${detail}` });
  } else {
    faults.add({ code: code === 'wrong_origin' ? 'wrong_origin' : 'malformed', file, detail: `${file}: ${detail}` });
  }
  return undefined;
}

/** What a note says, whoever signed it: so that the leaves can be compared even where the signature is refused. */
export function readUnsigned(note: string): Checkpoint | undefined {
  const [origin = '', size = '', root = ''] = note.split('\n');
  const bytes = Buffer.from(root, 'base64');
  const count = Number(size);
  if (origin === '' || !/^(?:0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(count) || bytes.length !== 32)
    return undefined;
  return { origin, size: count, root: bytes };
}
