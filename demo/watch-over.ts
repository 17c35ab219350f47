import { type ChildProcess, spawn } from 'node:child_process';
import type { SystemUser } from './postgres-user.js';

/** A shell that waits on a pipe from us: the pipe ends when this process does, and then it stops the server. */
export function watchOver(server: ChildProcess, user: SystemUser | undefined): void {
  if (process.platform === 'win32' || server.pid === undefined) return;
  const watchdog = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$0"', String(server.pid)], {
    ...user,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  watchdog.on('error', () => {});
  watchdog.stdin.on('error', () => {});
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void }).unref();
  // The number of a server that has ended may be another process' soon.
  server.once('exit', () => {
    watchdog.kill('SIGKILL');
    watchdog.stdin.destroy();
  });
}
