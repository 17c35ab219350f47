/** The output of a failing call: canonical, so that every node writes the same bytes and none can write its own text. */
import type { Outcome } from './execution.js';
import { MESSAGE_BYTES } from './limits.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** `{"kind":…,"message":…}` in UTF-8, the message at most 1 KiB. */
export function failureOutput(kind: Exclude<Outcome, 'ok'>, message: string): Uint8Array {
  return encoder.encode(JSON.stringify({ kind, message: firstBytes(message, MESSAGE_BYTES) }));
}

/** As much of the text's beginning as fits into so many bytes of UTF-8, cut between characters. */
export function firstBytes(text: string, maxBytes: number): string {
  const bytes = encoder.encode(text);
  if (bytes.length <= maxBytes) return decoder.decode(bytes);
  let end = maxBytes;
  while (isContinuation(bytes[end])) end--;
  return decoder.decode(bytes.subarray(0, end));
}

/** The same from the text's end. */
export function lastBytes(text: string, maxBytes: number): string {
  const bytes = encoder.encode(text);
  if (bytes.length <= maxBytes) return decoder.decode(bytes);
  let start = bytes.length - maxBytes;
  while (isContinuation(bytes[start])) start++;
  return decoder.decode(bytes.subarray(start));
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
