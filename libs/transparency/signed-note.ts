/**
 * Signed notes (c2sp.org/signed-note): text that ends in a newline, an empty line, and lines `— name base64(key id ‖ signature)`.
 * Signatures by unknown keys are ignored, as witnesses may add theirs; one by a known key that fails refuses the whole note.
 */
import { decodeBase64, isKeyName, keyIdOf, type Refused, type VerifierKey } from './verifier-key.js';

/** Post-quantum cosignatures take some 7 kB in base64; 16 signatures must be accepted. */
export const MAX_NOTE_BYTES = 131_072;
const MAX_SIGNATURES = 64;

export interface NoteSigner extends VerifierKey {
  /** ed25519 over these bytes. */
  sign: (bytes: Uint8Array) => Uint8Array;
}

export type Verify = (publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array) => boolean;

export type NoteReading =
  | { state: 'valid'; text: string; keyName: string }
  | Refused<'malformed' | 'too_large' | 'unknown_key' | 'bad_signature'>;

/** @throws RangeError for a text or name that cannot stand in a note */
export function signNote(text: string, signer: NoteSigner): string {
  if (!isNoteText(text)) throw new RangeError('a note is text without control characters that ends in a newline');
  if (!isKeyName(signer.name)) throw new RangeError(`${JSON.stringify(signer.name)} cannot name a key`);
  const signature = Buffer.concat([keyIdOf(signer), signer.sign(Buffer.from(text))]);
  return `${text}\n— ${signer.name} ${signature.toString('base64')}\n`;
}

export function readNote(note: string, trusted: { keys: readonly VerifierKey[]; verify: Verify }): NoteReading {
  if (Buffer.byteLength(note) > MAX_NOTE_BYTES) return refuse('too_large', `a note has at most ${MAX_NOTE_BYTES} bytes`);
  const split = note.lastIndexOf('\n\n');
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2).split('\n');
  if (split < 0 || !isNoteText(text)) return refuse('malformed', 'a note is text, an empty line, and signature lines');
  if (lines.pop() !== '' || lines.length === 0) return refuse('malformed', 'the last signature line does not end in a newline');
  if (lines.length > MAX_SIGNATURES) return refuse('too_large', `a note has at most ${MAX_SIGNATURES} signatures`);
  const bytes = Buffer.from(text);
  let keyName: string | undefined;
  for (const line of lines) {
    const signature = signatureOf(line);
    if (!signature) return refuse('malformed', 'a signature line is "— name base64"');
    const key = trusted.keys.find((one) => one.name === signature.name && keyIdOf(one).equals(signature.keyId));
    if (!key) continue;
    if (!trusted.verify(key.publicKey, bytes, signature.bytes))
      return refuse('bad_signature', `the signature by ${key.name} does not fit the text`);
    keyName ??= key.name;
  }
  if (keyName === undefined) return refuse('unknown_key', 'none of the signatures is by a known key');
  return { state: 'valid', text, keyName };
}

function signatureOf(line: string): { name: string; keyId: Buffer; bytes: Buffer } | undefined {
  const [, name = '', encoded = ''] = /^— ([^ ]+) ([A-Za-z0-9+/=]+)$/.exec(line) ?? [];
  const decoded = decodeBase64(encoded);
  if (!isKeyName(name) || !decoded || decoded.length < 5) return undefined;
  return { name, keyId: decoded.subarray(0, 4), bytes: decoded.subarray(4) };
}

function isNoteText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return text.endsWith('\n') && !/[\u0000-\u0009\u000b-\u001f\p{Surrogate}]/u.test(text);
}

function refuse<Code extends string>(code: Code, detail: string): Refused<Code> {
  return { state: 'refused', code, detail };
}
