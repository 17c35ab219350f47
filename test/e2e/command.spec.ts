/** The `potluck` command as a person uses it: real processes, words on the terminal, JSON for machines, exit codes for scripts. */
import { type ChildProcess, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
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

  it('bundles TypeScript, runs it here and deploys it: the same output, fuel and price everywhere', async () => {
    mkdirSync(join(grid.directory, 'sums'));
    writeFileSync(join(grid.directory, 'sums', 'add.ts'), 'export const add = (a: number, b: number): number => a + b;\n');
    writeFileSync(
      join(grid.directory, 'sums', 'total.ts'),
      `import { add } from './add.js';\nexport default (list: number[]): number => { console.log('of', list.length); return list.reduce(add, 0); };\n`,
    );
    const ran = await potluck('run', 'sums/total.ts', '[1, 2, 39]');
    expect({ code: ran.code, out: ran.out }).toEqual({ code: 0, out: '42\n' });
    expect(ran.err).toMatch(/^ok · [\d,]+ fuel · unit 0\.01\d* CR · \d+ ms · js-1-[0-9a-f]{12}\nlog:\nof 3\n$/);
    const { out: json } = await potluck('run', 'sums/total.ts', '[1, 2, 39]', '--json');
    const here = JSON.parse(json);
    expect(here).toMatchObject({ outcome: 'ok', output: 42, log: 'of 3\n', runMs: expect.any(Number) });

    const { out: bundle } = await potluck('bundle', 'sums/total.ts');
    const { out: deployed } = await potluck('deploy', 'sums/total.ts', '--json');
    expect(JSON.parse(deployed)).toMatchObject({
      created: true,
      name: 'total',
      version: `sha256:${createHash('sha256').update(bundle).digest('hex')}`,
      runtimeId: here.runtimeId,
    });
    const { out: estimated } = await potluck('estimate', 'total', '[1, 2, 39]', '--json');
    const invocation = await grid.api().invoke('total', [1, 2, 39]);
    expect(invocation).toMatchObject({ output: 42, fuel: here.fuel });
    expect(JSON.parse(estimated)).toMatchObject({ outcome: 'ok', fuel: here.fuel, unit: here.unit, charge: invocation.charged });
  });

  it('deploys plain JavaScript as it is, byte for byte', async () => {
    const source = '\ufeffexport default(n)=>n ;\r\n';
    writeFileSync(join(grid.directory, 'plain.js'), source);
    const { out } = await potluck('deploy', 'plain.js', '--json');
    expect(JSON.parse(out).version).toBe(`sha256:${createHash('sha256').update(source).digest('hex')}`);
  });

  it('exits 2 for what the grid would not take, in the grid’s words', async () => {
    writeFileSync(join(grid.directory, 'early.js'), `throw new Error('too early'); export default () => 1;`);
    const { code, out, err } = await potluck('run', 'early.js');
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: 'early.js cannot be deployed: Error: too early\n' });
  });

  it('runs a function that fails to exit code 1, with its kind and the fuel it took', async () => {
    writeFileSync(join(grid.directory, 'fails.js'), 'export default () => { throw new RangeError("far") }');
    const { code, out, err } = await potluck('run', 'fails.js', '--json');
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'function_error',
      error: { kind: 'function_error', message: 'RangeError: far' },
    });
    writeFileSync(join(grid.directory, 'loops.js'), 'export default () => { for (;;); }');
    const loops = await potluck('run', 'loops.js', '--fuel-limit', '50_000_000');
    expect({ code: loops.code, err: loops.err }).toMatchObject({
      code: 1,
      err: expect.stringContaining('out_of_fuel · 50,000,000 fuel'),
    });
  });

  it('shows a run the clock and the random numbers it was given', async () => {
    writeFileSync(join(grid.directory, 'time.js'), 'export default (_, { now, seed }) => [Date.now(), now, seed, Math.random()]');
    const args = ['run', 'time.js', '--now', '2026-01-31T12:00:00Z', '--seed', 'ab'];
    const [first, second] = [await potluck(...args), await potluck(...args)];
    expect(JSON.parse(first.out)).toEqual([1769860800000, '2026-01-31T12:00:00.000Z', 'ab', expect.any(Number)]);
    expect(second.out).toBe(first.out);
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
