/**
 * What someone kept of a log: a signed note (an older export's `checkpoint`, a copy of `/v1/log/checkpoint`), or the `log.json` in
 * which a worker keeps, for each grid, the last checkpoint it verified.
 */
import type { OlderRoot } from '#libs/transparency/export/verify-export.js';
import { readFileValue } from './read-value.js';
import { UsageError } from './render-error.js';
import type { Terminal } from './terminal.js';

export async function readOlderRoots(file: string, terminal: Terminal): Promise<OlderRoot[]> {
  const text = new TextDecoder().decode(await readFileValue('--checkpoint', file, terminal));
  const value = jsonIn(text);
  if (value === undefined) return [{ name: file, note: text }];
  const roots = Object.entries(value).flatMap(([log, state]) => {
    const { note } = (state as { checkpoint?: { note?: unknown } | null } | null)?.checkpoint ?? {};
    return typeof note === 'string' ? [{ name: `${file} (${log})`, note }] : [];
  });
  if (roots.length === 0)
    throw new UsageError(`--checkpoint: ${file} holds no checkpoint: expected a signed note or a worker's log.json`);
  return roots;
}

function jsonIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
