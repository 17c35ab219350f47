/**
 * Ids: UUIDv7 in the database (ordered, so indexes grow at their right end), TypeID over the API (`job_01j…`: prefix and the
 * UUID in Crockford's base32). The codec is on the hot path of every lease and result, hence by table and by hand.
 * Source: TypeID specification 0.3; RFC 9562.
 */
import { uuidv7 } from 'uuidv7';

export type IdPrefix = 'acct' | 'key' | 'invite' | 'enrol' | 'fn' | 'ver' | 'job' | 'batch' | 'node' | 'lease' | 'task' | 'adj';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const VALUE = new Map([...ALPHABET].map((letter, value) => [letter, value]));
const SUFFIX_LENGTH = 26;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A new UUIDv7; strictly increasing within a process. */
export function newId(): string {
  return uuidv7();
}

export function encodeId(prefix: IdPrefix, uuid: string): string {
  if (!UUID.test(uuid)) throw new RangeError(`not a UUID: ${uuid}`);
  const hex = uuid.replaceAll('-', '');
  // 128 bits in 26 letters of 5: the first letter carries 3.
  let text = '';
  let bits = 0;
  let buffer = 0;
  let at = 0;
  // Two leading zero bits make 130.
  bits = 2;
  while (text.length < SUFFIX_LENGTH) {
    while (bits < 5) {
      buffer = ((buffer << 4) | Number.parseInt(hex.charAt(at), 16)) & 0xfff;
      at += 1;
      bits += 4;
    }
    bits -= 5;
    text += ALPHABET[(buffer >> bits) & 31];
  }
  return `${prefix}_${text}`;
}

/** The UUID of a TypeID with this prefix; undefined for anything else. */
export function decodeId(prefix: IdPrefix, text: string): string | undefined {
  if (text.length !== prefix.length + 1 + SUFFIX_LENGTH || !text.startsWith(`${prefix}_`)) return undefined;
  const suffix = text.slice(prefix.length + 1);
  // More than 128 bits do not fit.
  if (suffix.charAt(0) > '7') return undefined;
  let hex = '';
  let bits = -2;
  let buffer = 0;
  for (const letter of suffix) {
    const value = VALUE.get(letter);
    if (value === undefined) return undefined;
    buffer = ((buffer << 5) | value) & 0xfff;
    bits += 5;
    while (bits >= 4) {
      bits -= 4;
      hex += ((buffer >> bits) & 15).toString(16);
    }
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
