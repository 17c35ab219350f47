/** The `potluck` command as a person uses it: real processes, words on the terminal, JSON for machines, exit codes for scripts. */
import { type ChildProcess, execFile } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSoundBooks } from '../support/books.js';
import { Grid, until } from '../support/grid.js';

const command = fileURLToPath(new URL('../../dist/libs/cli/potluck.js', import.meta.url));

describe('the potluck command', () => {
  let grid: Grid;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    grid = await Grid.start();
    writeFileSync(join(grid.directory, 'double.js'), 'export default (n) => n * 2;\n');
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await expectSoundBooks(grid);
    await grid.stop();
  });

  function potluck(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    return new Promise((resolve) => {
      const env = { PATH: process.env.PATH, POTLUCK_HOME: grid.directory, HOME: grid.directory };
      const child = execFile(process.execPath, [command, ...args], { cwd: grid.directory, env }, (error, out, err) => {
        resolve({ code: (error as { code?: number } | null)?.code ?? 0, out, err });
      });
      children.push(child);
    });
  }

  it('finds the demo’s coordinator and key, deploys and says the version', async () => {
    const { code, out } = await potluck('deploy', 'double.js', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ name: 'double', version: expect.stringMatching(/^sha256:/) });
  });

  it('makes a token, and a worker with it becomes a node with a private key', async () => {
    const { code, out } = await potluck('enrol', '--as', 'volunteer:1');
    expect(code).toBe(0);
    const token = /ple_\S+/.exec(out)?.[0] as string;
    expect(token).toBeTruthy();
    const state = join(grid.directory, 'my-worker');
    void potluck('worker', '--url', grid.url, '--enrol', token, '--state', state, '--name', 'attic', '--json');
    await until('the node is there', async () => {
      const { out: listed } = await potluck('nodes', '--as', 'volunteer:1', '--json');
      return listed.includes('attic');
    });
    expect(statSync(join(state, 'node-key.json')).mode & 0o777).toBe(0o600);
  });

  it('invokes and prints the output alone', async () => {
    const { code, out } = await potluck('invoke', 'double', '21');
    expect({ code, out: out.trim() }).toEqual({ code: 0, out: '42' });
  });

  it('shows a job and the balance', async () => {
    const { out: jobs } = await potluck('jobs', '--json');
    const id = /job_[0-9a-z]{26}/.exec(jobs)?.[0] as string;
    const { code, out } = await potluck('job', id, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ id, status: 'succeeded', output: 42 });
    const { out: balance } = await potluck('balance', '--json');
    expect(JSON.parse(balance)).toMatchObject({ available: expect.stringMatching(/^\d+$/), held: '0' });
  });

  it('exits 1 where the function fails, 2 on wrong use, 3 where it is refused, 4 where nobody answers', async () => {
    writeFileSync(join(grid.directory, 'bad.js'), 'export default () => { throw new Error("no") }');
    await potluck('deploy', 'bad.js');
    const codes = [
      (await potluck('invoke', 'bad', 'null')).code,
      (await potluck('invoke')).code,
      (await potluck('invoke', 'nothing-like-it', '1')).code,
      (await potluck('balance', '--url', 'http://127.0.0.1:9', '--api-key', 'plk_x')).code,
    ];
    expect(codes).toEqual([1, 2, 3, 4]);
  });
});
