/**
 * SHA-256 in one shot. Asked for as a binary string, because making a Buffer inside `hash` costs three times as much as the hash of
 * the few bytes of a leaf, a leg or a node (measured on Node.js 20: 1.4 against 0.5 µs).
 */
import { hash } from 'node:crypto';

export function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
}
