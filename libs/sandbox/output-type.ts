/**
 * What kind of bytes a call gave back. JavaScript's results are JSON always. A WebAssembly module writes what it likes: JSON in and
 * JSON out is a JSON function, anything else is bytes.
 */
import type { Abi } from './execution.js';

export type MediaType = 'application/json' | 'application/octet-stream';

export interface JsonBounds {
  /** Arrays and objects within each other. */
  depth: number;
  /** Values, counting each array and object. */
  nodes: number;
}

/** Of an `ok` result: a failure's output is JSON always. */
export function outputType(call: { abi: Abi; contentType: string; output: Uint8Array }, bounds: JsonBounds): MediaType {
  if (call.abi === 'js') return 'application/json';
  return call.contentType === 'application/json' && isJson(call.output, bounds) ? 'application/json' : 'application/octet-stream';
}

/** Whether the bytes are one JSON text (RFC 8259) in UTF-8 that may be read and written again without running out of stack. */
export function isJson(bytes: Uint8Array, bounds: JsonBounds): boolean {
  // First the shape, in one cheap pass: parsing a million nested arrays takes half a second.
  if (!isWithin(bytes, bounds)) return false;
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);
const WHITESPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** Counts as if the text were JSON; what is not, the parser finds. A non-empty container has one value more than commas. */
function isWithin(bytes: Uint8Array, { depth: maxDepth, nodes: maxNodes }: JsonBounds): boolean {
  let [depth, nodes, isFresh] = [0, 1, false];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (WHITESPACE.has(byte)) continue;
    const isClosing = CLOSING.has(byte);
    if ((isFresh && !isClosing) || byte === COMMA) nodes++;
    if (OPENING.has(byte)) depth++;
    if (isClosing) depth--;
    if (depth > maxDepth || nodes > maxNodes) return false;
    isFresh = OPENING.has(byte);
    if (byte === QUOTE) i = endOfString(bytes, i);
  }
  return true;
}

/** The index of the closing quote, or the end. */
function endOfString(bytes: Uint8Array, start: number): number {
  let end = start + 1;
  while (end < bytes.length && bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1;
  return end;
}
