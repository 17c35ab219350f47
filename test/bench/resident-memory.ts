/** Memory of a process' descendants, by /proc. */
import { readdirSync, readFileSync } from 'node:fs';

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It ended meanwhile, or is not ours to look at.
    return '';
  }
};

/** Resident bytes; what several processes share counts once for each. */
export function residentBytesBelow(pid: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    parents.set(Number(name), Number(read(`/proc/${name}/stat`).split(') ').at(-1)?.split(' ')[1]));
  }
  const isBelow = (one: number | undefined): boolean =>
    one !== undefined && one > 1 && (one === pid || isBelow(parents.get(one)));
  const below = [...parents.keys()].filter((one) => one !== pid && isBelow(one));
  return below.reduce((sum, one) => sum + Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${one}/status`))?.[1] ?? 0) * 1024, 0);
}
