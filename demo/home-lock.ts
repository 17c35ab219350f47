/**
 * One start per home folder. The lock is a file with the holder's process id; it counts only while that process is one of ours, so
 * neither `kill -9` nor a reboot leaves a lock behind that someone has to remove.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DemoError } from './demo-error.js';
import { processCommand } from './process-command.js';

export interface HomeLock {
  /** The last holder was killed before it could let go. */
  readonly wasLeft: boolean;
  release(): void;
}

export function lockHome(home: string): HomeLock {
  prepareHome(home);
  const path = join(home, 'start.pid');
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 });
      return { wasLeft: attempt > 0, release: () => rmSync(path, { force: true }) };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST')
        throw new DemoError(`The folder ${home} cannot be written to (${message}). Set POTLUCK_HOME to another.`);
    }
    const holder = holderOf(path);
    if (holder !== undefined) {
      throw new DemoError(
        `Process ${holder} serves from ${home} already. Stop it (Ctrl-C there), or set POTLUCK_HOME to another folder.`,
      );
    }
    rmSync(path, { force: true });
  }
  throw new DemoError(`The lock ${path} cannot be taken: other starts take it at the same time.`);
}

/** Others may pass through, as PostgreSQL must when we are root; every secret in it is in a file of its owner's only. */
function prepareHome(home: string): void {
  if (existsSync(home)) return;
  try {
    mkdirSync(home, { recursive: true });
    chmodSync(home, 0o755);
  } catch (error) {
    const { message } = error as Error;
    throw new DemoError(`The folder ${home} cannot be made (${message}). Set POTLUCK_HOME to one that this user may write to.`);
  }
}

function holderOf(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 && pid !== process.pid && isStart(pid) ? pid : undefined;
  } catch {
    // Released in between.
    return undefined;
  }
}

/** The number may belong to another program by now. */
function isStart(pid: number): boolean {
  const command = processCommand(pid);
  return command !== undefined && (command === '' || /start\.mjs|demo\/main\.js/.test(command));
}
