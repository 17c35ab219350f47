import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemTool } from './system-tool.js';

/** The text format in a file, as a module. */
export function assemble(path: string): Uint8Array<ArrayBuffer> {
  const folder = mkdtempSync(join(tmpdir(), 'potluck-wat-'));
  try {
    const output = join(folder, 'module.wasm');
    execFileSync(systemTool('wat2wasm'), [path, '-o', output]);
    return new Uint8Array(readFileSync(output));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
