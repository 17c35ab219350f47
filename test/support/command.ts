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
  return runProgram(process.execPath, [command, ...args], { cwd: grid.directory, env });
}

export function runProgram(program: string, args: string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): Promise<Ran> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...options, maxBuffer: 64 * 1024 * 1024 }, (error, out, err) => {
      const code = (error as { code?: number | string } | null)?.code ?? 0;
      if (typeof code === 'string') reject(error);
      else resolve({ code, out, err });
    });
  });
}
