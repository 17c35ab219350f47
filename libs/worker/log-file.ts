/**
 * The daemon's memory of the log: `log.json` in the state directory, one entry a log, written whole or not at all; and the evidence of
 * a fork, a file of its own that is never overwritten.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JoinError } from './join-errors.js';
import type { ForkEvidence, LogMemory, LogState } from './log-memory.js';
import { writePrivately } from './node-key.js';

const LOG_FILE = 'log.json';

export class LogFile implements LogMemory {
  private readonly path: string;

  constructor(private readonly directory: string) {
    this.path = join(directory, LOG_FILE);
  }

  async read(log: string): Promise<LogState | undefined> {
    return (await this.readAll())[log];
  }

  async write(log: string, state: LogState): Promise<void> {
    const all = { ...(await this.readAll()), [log]: state };
    await writePrivately(this.path, `${JSON.stringify(all, null, 2)}\n`);
  }

  async keepEvidence(evidence: ForkEvidence): Promise<string> {
    const path = join(this.directory, `log-fork-${evidence.at.replaceAll(/[:.]/g, '-')}.json`);
    await writePrivately(path, `${JSON.stringify(evidence, null, 2)}\n`);
    return path;
  }

  private async readAll(): Promise<Record<string, LogState>> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
    const states = parse(text);
    if (states !== undefined) return states;
    const message = `${this.path} is damaged: it holds the last checkpoint of the grid's log that this worker verified. Restore it. Without it, any later change of history goes unseen; only if you accept that, move it away.`;
    throw new JoinError('log_state_broken', message);
  }
}

function parse(text: string): Record<string, LogState> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return Object.values(value).every(isState) ? (value as Record<string, LogState>) : undefined;
  } catch {
    return undefined;
  }
}

function isState(value: unknown): value is LogState {
  const { keys, checkpoint } = (value ?? {}) as Partial<LogState>;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) return false;
  if (checkpoint === null) return true;
  const { size, root, note } = checkpoint ?? {};
  return Number.isSafeInteger(size) && typeof root === 'string' && typeof note === 'string';
}
