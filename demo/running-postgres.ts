/** A server that runs in a data folder already: whoever started it was killed before it could stop it, or still uses it. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { processCommand } from './process-command.js';

const PATIENCE_MS = 20_000;
const QUICK_AFTER_MS = 10_000;

export async function endRunning(data: string, takeOver: boolean): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (!isServer(pid)) {
    // Its number is another program's now, which PostgreSQL would take for a running server.
    rmSync(pidFile, { force: true });
    return;
  }
  if (!takeOver) {
    throw new EmbeddedPostgresError(
      `a PostgreSQL is running in ${data} already (process ${pid}): another start uses this folder; stop it, or set POTLUCK_HOME to another folder`,
    );
  }
  await end(pid, data);
}

function isServer(pid: number): boolean {
  const command = processCommand(pid);
  return command !== undefined && (command === '' || command.includes('postgres'));
}

async function end(pid: number, data: string): Promise<void> {
  const startedAt = Date.now();
  let signal: NodeJS.Signals = 'SIGINT';
  send(pid, signal, data);
  while (isServer(pid)) {
    const waitedMs = Date.now() - startedAt;
    if (waitedMs > PATIENCE_MS)
      throw new EmbeddedPostgresError(`the PostgreSQL that runs in ${data} (process ${pid}) does not stop`);
    if (waitedMs > QUICK_AFTER_MS && signal === 'SIGINT') {
      signal = 'SIGQUIT';
      send(pid, signal, data);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function send(pid: number, signal: NodeJS.Signals, data: string): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new EmbeddedPostgresError(`the PostgreSQL that runs in ${data} (process ${pid}) belongs to another user`);
  }
}
