/**
 * What can be put around the executor's child on this machine, found by trying: in many containers bubblewrap is installed and may not
 * make a namespace, or a limit is already lower. A wall that cannot be had is left out and named, with the reason; a worker does not
 * fail for want of it.
 */
import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import type { Containment, MissingLayer } from '../containment.js';
import { bubblewrapWall } from './bubblewrap.js';
import type { CompiledPlace } from './compiled-file.js';
import { kernelLimits } from './kernel-limits.js';

const PROBE_MS = 10_000;

/** How to start Node.js: its own arguments follow `command`. The places are those that the child will see. */
export interface Wall extends CompiledPlace {
  command: string[];
}

export interface Walls extends Wall {
  containment: Containment;
}

export interface WallsOptions {
  memoryBytes: number;
  /** Whether bubblewrap is wanted where it can be had. */
  bubblewrap: boolean;
  place: CompiledPlace;
}

export async function findWalls({ memoryBytes, bubblewrap, place }: WallsOptions): Promise<Walls> {
  const layers: string[] = [];
  const missing: MissingLayer[] = [];
  const plain: Wall = { command: [realpathSync(process.execPath)], ...place };
  const limits = await tried(kernelLimits(memoryBytes), plain);
  if ('why' in limits) missing.push({ layer: 'kernel limits', why: limits.why });
  else layers.push('kernel limits');
  const prefix = 'why' in limits ? [] : limits.prefix;
  const wall = bubblewrap ? bubblewrapWall(place) : { why: 'this executor was started without it' };
  const behind = 'why' in wall ? wall : await tried(prefix, wall);
  if ('why' in behind) missing.push({ layer: 'bubblewrap', why: behind.why });
  else layers.push('bubblewrap');
  const chosen = 'why' in behind || 'why' in wall ? plain : wall;
  return { ...chosen, command: [...prefix, ...chosen.command], containment: { layers, missing } };
}

/** The prefix, where Node.js starts behind it. */
function tried(prefix: string[] | { why: string }, { command }: Wall): Promise<{ prefix: string[] } | { why: string }> {
  if ('why' in prefix) return Promise.resolve(prefix);
  const [file = '', ...args] = [...prefix, ...command, '--version'];
  return new Promise((resolve) => {
    execFile(file, args, { env: {}, timeout: PROBE_MS }, (error, _stdout, stderr) => {
      if (error === null) return resolve({ prefix });
      const said = stderr.trim().split('\n')[0] || error.message.split('\n')[0];
      resolve({ why: `installed, but this system does not let it work: ${said}` });
    });
  });
}
