/** Processes as Linux shows them in /proc: whom one has started, and what they hold in memory. */
import { readdirSync, readFileSync } from 'node:fs';

/** Its children, their children and so on, parents first. */
export function below(pid: number): number[] {
  const parents = new Map(readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [[Number(name), parentOf(name)]] : [])));
  const found = [pid];
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child);
  return found.slice(1);
}

/** Of a process and all below it. Pages that they share count for each. */
export function residentBytes(pid: number): number {
  return [pid, ...below(pid)].reduce((total, one) => total + residentOf(one), 0);
}

/** It is there, and not merely remembered as a zombie. */
export function isRunning(pid: number): boolean {
  const status = read(`/proc/${pid}/status`);
  return status !== '' && !/^State:\s*[ZX]/m.test(status);
}

function residentOf(pid: number): number {
  const [, kibibytes = '0'] = /^VmRSS:\s*(\d+) kB/m.exec(read(`/proc/${pid}/status`)) ?? [];
  return Number(kibibytes) * 1_024;
}

function parentOf(name: string): number {
  const [, parent = '0'] = /^PPid:\s*(\d+)/m.exec(read(`/proc/${name}/status`)) ?? [];
  return Number(parent);
}

/** Nothing where the process has ended in the meantime. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
