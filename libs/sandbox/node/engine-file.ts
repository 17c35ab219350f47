/** The engine: QuickJS compiled to WebAssembly, pinned to one file. */
import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ENGINE_SHA256 } from '../javascript/engine-pin.js';

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
