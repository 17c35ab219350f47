/** What a killed start has left behind ends by itself within seconds; a new start waits for it instead of tripping over it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPort } from './check-port.js';
import { processCommand } from './process-command.js';

const PATIENCE_MS = 20_000;

/** @throws DemoError when somebody else has the port */
export async function waitForLeftBehind(home: string, port: number, host: string | undefined): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline && workersIn(join(home, 'workers')).some(isWorker)) await pause();
  while (Date.now() < deadline) {
    const isFree = await checkPort(port, host).then(
      () => true,
      () => false,
    );
    if (isFree) return;
    await pause();
  }
  await checkPort(port, host);
}

function workersIn(folder: string): number[] {
  if (!existsSync(folder)) return [];
  const locks = readdirSync(folder).map((name) => join(folder, name, 'worker.lock'));
  return locks.filter((path) => existsSync(path)).map((path) => Number(readFileSync(path, 'utf8')));
}

const isWorker = (pid: number): boolean => processCommand(pid)?.includes('potluck.js') ?? false;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));
