/** The `potluck` command as a process of its own, in the grid's directory and with its demo's keys. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Grid } from './grid.js';

const command = fileURLToPath(new URL('../../dist/libs/cli/potluck.js', import.meta.url));

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export function runPotluck(grid: Grid, ...args: string[]): Promise<Ran> {
  const env = { PATH: process.env.PATH, POTLUCK_HOME: grid.directory, HOME: grid.directory };
  const options = { cwd: grid.directory, env, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...args], options, (error, out, err) => {
      resolve({ code: (error as { code?: number } | null)?.code ?? 0, out, err });
    });
  });
}
