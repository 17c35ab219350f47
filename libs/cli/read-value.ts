/** Values of `--input` and the like: JSON text, `@file`, or `-` for standard input. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from './render-error.js';
import type { Terminal } from './terminal.js';

export async function readJsonValue(flag: string, text: string, terminal: Terminal): Promise<unknown> {
  const source = new TextDecoder().decode(await readBytesValue(flag, text, terminal));
  try {
    return JSON.parse(source);
  } catch (error) {
    const hint = text.startsWith('@') || text === '-' ? '' : ` Text needs quotes inside quotes: ${flag} '"hello"'.`;
    throw new UsageError(`${flag} is not JSON: ${(error as Error).message}.${hint}`);
  }
}

export async function readBytesValue(flag: string, text: string, terminal: Terminal): Promise<Uint8Array> {
  if (text === '-') return terminal.readStdin();
  if (!text.startsWith('@')) return new TextEncoder().encode(text);
  return readFileValue(flag, text.slice(1), terminal);
}

export async function readFileValue(what: string, path: string, { directory }: Terminal): Promise<Uint8Array> {
  try {
    return await readFile(resolve(directory, path));
  } catch (error) {
    throw new UsageError(`${what}: cannot read ${path} (${(error as NodeJS.ErrnoException).code})`);
  }
}
