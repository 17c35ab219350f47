/** The engine: QuickJS compiled to WebAssembly, pinned to one file. Other bytes would be another runtime under this one's name. */
import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const ENGINE_SHA256 = '105c3bed22d457e43e3d1c3c1c6959fda62a8fe06f0fc8a985303c3a2be72232';

let bytes: Uint8Array<ArrayBuffer> | undefined;

/** The engine's file, read once. Throws when it is not the pinned one. */
export function engineBytes(): Uint8Array<ArrayBuffer> {
  bytes ??= readEngine();
  return bytes;
}

function readEngine(): Uint8Array<ArrayBuffer> {
  const path = createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm');
  const file = new Uint8Array(readFileSync(path));
  const digest = createHash('sha256').update(file).digest('hex');
  assert.equal(digest, ENGINE_SHA256, `${path} is not the engine this runtime is made of`);
  return file;
}
