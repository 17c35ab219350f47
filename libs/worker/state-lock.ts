/**
 * One worker per state directory: two with the same key would end each other's polls and look like a node that keeps dropping
 * its leases. The lock is a file whose owner touches it while it lives; it counts only while that process exists and the touch is
 * fresh, so neither `kill -9` nor a reboot leaves a lock behind that someone has to remove.
 */
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JoinError } from './join-errors.js';

const TOUCH_MS = 5_000;
// Six missed touches: a machine that swaps hard may miss some of them.
const FRESH_MS = 30_000;

export interface StateLock {
  release(): Promise<void>;
}

export async function lockState(directory: string): Promise<StateLock> {
  const path = join(directory, 'worker.lock');
  if (!(await take(path))) {
    const holder = await liveHolder(path);
    if (holder !== undefined) {
      const message = `Another worker (process ${holder}) uses ${directory}. Stop it, or give this one its own --state directory.`;
      throw new JoinError('state_in_use', message);
    }
    await writeFile(path, String(process.pid));
  }
  const timer = setInterval(() => {
    utimes(path, new Date(), new Date()).catch(() => {
      // The directory was removed under us: nothing is left to protect.
    });
  }, TOUCH_MS);
  timer.unref();
  return {
    release: async () => {
      clearInterval(timer);
      await rm(path, { force: true });
    },
  };
}

async function take(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function liveHolder(path: string): Promise<number | undefined> {
  try {
    const pid = Number(await readFile(path, 'utf8'));
    const touchedAgoMs = Date.now() - (await stat(path)).mtimeMs;
    // In a container every worker may be process 1: our own number in an old file is not another worker.
    return pid !== process.pid && touchedAgoMs < FRESH_MS && isAlive(pid) ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
