/**
 * The secret of an API key: `plk_`, 30 random base62 characters, 6 of a CRC-32 over what stands before, so that scanners find leaked
 * keys without asking us and a mistyped one is refused without a look at the database. Stored as HMAC-SHA-256 under the server's secret.
 */
import { createHmac, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PREFIX = 'plk_';
const RANDOM_CHARACTERS = 30;
const CHECK_CHARACTERS = 6;
const SHAPE = /^plk_[0-9A-Za-z]{36}$/;

export function newApiKeySecret(): string {
  let text = PREFIX;
  for (let place = 0; place < RANDOM_CHARACTERS; place += 1) text += ALPHABET[randomInt(ALPHABET.length)];
  return text + checkOf(text);
}

export function isApiKeySecret(text: string): boolean {
  const body = text.slice(0, PREFIX.length + RANDOM_CHARACTERS);
  return SHAPE.test(text) && text.slice(body.length) === checkOf(body);
}

export function hashApiKeySecret(text: string, serverSecret: Buffer): Buffer {
  return createHmac('sha256', serverSecret).update(text).digest();
}

function checkOf(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let place = 0; place < CHECK_CHARACTERS; place += 1) {
    text = ALPHABET[rest % ALPHABET.length] + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}
