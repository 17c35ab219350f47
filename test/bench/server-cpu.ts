/** CPU seconds of processes, by /proc: of a PostgreSQL server with all its backends, or of any one process. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

interface Usage {
  parent: number;
  seconds: number;
  /** Of its children that have ended. */
  endedSeconds: number;
}

function usageOf(pid: number): Usage | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const at = (place: number): number => Number(fields[place]) / ticksPerSecond;
    return { parent: Number(fields[1]), seconds: at(11) + at(12), endedSeconds: at(13) + at(14) };
  } catch {
    return undefined;
  }
}

export const processCpuSeconds = (pid: number): number => usageOf(pid)?.seconds ?? 0;

/** @param dataDirectory of the running server: its postmaster.pid names the parent of all its processes */
export function serverCpuSeconds(dataDirectory: string): number {
  const postmaster = Number(readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const own = usageOf(postmaster);
  let sum = (own?.seconds ?? 0) + (own?.endedSeconds ?? 0);
  for (const name of readdirSync('/proc')) {
    const usage = /^\d+$/.test(name) ? usageOf(Number(name)) : undefined;
    if (usage?.parent === postmaster) sum += usage.seconds;
  }
  return sum;
}
