/** ed25519 by node:crypto: byte-identical to tweetnacl, and fast. Key objects are kept, as making one costs as much as verifying. */
import { createPrivateKey, createPublicKey, type KeyObject, sign as signWith, verify as verifyWith } from 'node:crypto';
import { LRUCache } from 'lru-cache';

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const keys = new LRUCache<string, KeyObject>({ max: 10_000 });

/** Verifies signatures by this public key (32 bytes). */
export function createVerifier(publicKey: Buffer): (bytes: Uint8Array, signature: Uint8Array) => boolean {
  const name = publicKey.toString('base64');
  let key = keys.get(name);
  if (!key) {
    key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
    keys.set(name, key);
  }
  const known = key;
  return (bytes, signature) => signature.length === 64 && verifyWith(null, bytes, known, signature);
}

/** Signs with a secret key of tweetnacl's form (64 bytes) or its 32-byte seed. */
export function createSigner(secretKey: Uint8Array): (bytes: Uint8Array) => Buffer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, secretKey.subarray(0, 32)]), format: 'der', type: 'pkcs8' });
  return (bytes) => signWith(null, bytes, key);
}
