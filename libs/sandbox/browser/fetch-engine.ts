/** The engine's file over HTTP: whoever serves it, other bytes than the pinned ones are not run. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { ENGINE_SHA256 } from '../javascript/engine-pin.js';

export async function fetchEngine(url: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the engine cannot be fetched: ${url} answers ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytesToHex(sha256(bytes)) !== ENGINE_SHA256) throw new Error(`${url} is not the engine this runtime is made of`);
  return bytes;
}
