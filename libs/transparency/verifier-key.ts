/**
 * Verifier keys of C2SP signed-note: `name+hash+base64(0x01 ‖ ed25519 public key)`, the hash being the key's id, the first 4 bytes of
 * SHA-256(name ‖ "\n" ‖ 0x01 ‖ public key) in hex. Other algorithms are refused.
 */
import { sha256 } from './sha256.js';

const ED25519 = 1;
const MAX_NAME = 256;

export interface VerifierKey {
  name: string;
  /** 32 bytes. */
  publicKey: Uint8Array;
}

export interface Refused<Code extends string> {
  state: 'refused';
  code: Code;
  detail: string;
}

export type VerifierKeyReading =
  | { state: 'valid'; key: VerifierKey }
  | Refused<'malformed' | 'wrong_key_id' | 'unknown_algorithm'>;

/** A name that can stand in a note: neither empty nor with spaces, plus signs or control characters. */
export function isKeyName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return name.length > 0 && name.length <= MAX_NAME && !/[\s+\u0000-\u001f\u0085\p{Surrogate}]/u.test(name);
}

/** The 4 bytes that name the key in a signature line. */
export function keyIdOf({ name, publicKey }: VerifierKey): Buffer {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(ED25519), publicKey])).subarray(0, 4);
}

export function formatVerifierKey(key: VerifierKey): string {
  if (!isKeyName(key.name) || key.publicKey.length !== 32) throw new RangeError('no name or key of a verifier key');
  const encoded = Buffer.concat([Uint8Array.of(ED25519), key.publicKey]).toString('base64');
  return `${key.name}+${keyIdOf(key).toString('hex')}+${encoded}`;
}

export function parseVerifierKey(vkey: string): VerifierKeyReading {
  const [, name = '', id, encoded = ''] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{1,256})$/.exec(vkey) ?? [];
  const bytes = decodeBase64(encoded);
  if (!isKeyName(name) || !bytes) return refuse('malformed', 'a verifier key is name+8 hex digits+base64');
  if (bytes[0] !== ED25519) return refuse('unknown_algorithm', `algorithm ${bytes[0]} is not ed25519 (1)`);
  if (bytes.length !== 33) return refuse('malformed', `an ed25519 key has 32 bytes, this one ${bytes.length - 1}`);
  const key = { name, publicKey: new Uint8Array(bytes.subarray(1)) };
  return keyIdOf(key).toString('hex') === id
    ? { state: 'valid', key }
    : refuse('wrong_key_id', 'its id is not that of its name and key');
}

/** Strict: the one encoding of these bytes (RFC 4648 §4), never empty. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return text.length > 0 && bytes.toString('base64') === text ? bytes : undefined;
}

function refuse<Code extends string>(code: Code, detail: string): Refused<Code> {
  return { state: 'refused', code, detail };
}
