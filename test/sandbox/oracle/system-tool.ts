import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The tool that the machine has: npm puts packages' commands before it on the PATH, and among them is a wasm-opt compiled to
 * JavaScript, fifty times as slow to start and of another version.
 */
export function systemTool(name: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed`);
  return found;
}
