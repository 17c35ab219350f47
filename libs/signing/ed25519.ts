/** ed25519 (RFC 8032) wherever JavaScript runs, by tweetnacl. On the coordinator `ed25519-node.ts` verifies a hundred times faster. */
import nacl from 'tweetnacl';

export interface KeyPair {
  /** 32 bytes. */
  publicKey: Uint8Array;
  /** 64 bytes: seed and public key. */
  secretKey: Uint8Array;
}

export function generateKeyPair(): KeyPair {
  return nacl.sign.keyPair();
}

export function keyPairFromSeed(seed: Uint8Array): KeyPair {
  return nacl.sign.keyPair.fromSeed(seed);
}

export function keyPairFromSecret(secretKey: Uint8Array): KeyPair {
  return nacl.sign.keyPair.fromSecretKey(secretKey);
}

export function sign(secretKey: Uint8Array, bytes: Uint8Array): Uint8Array {
  return nacl.sign.detached(bytes, secretKey);
}

export function verify(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === 64 && publicKey.length === 32 && nacl.sign.detached.verify(bytes, signature, publicKey);
}
