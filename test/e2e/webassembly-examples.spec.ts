/** Programs as compilers write them, deployed and invoked on a running grid; and hostile ones, refused or charged for what they did. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildExamples } from '../../examples/build.mjs';
import { PotluckError } from '../../libs/client/potluck-error.js';
import { type Bytes, command, op } from '../../libs/sandbox/sample-module.js';
import { expectSoundBooks } from '../support/books.js';
import { runPotluck } from '../support/command.js';
import { Grid } from '../support/grid.js';

const hasClang = ['clang', 'wasm-ld'].every((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0);
const base64 = (code: Uint8Array): string => Buffer.from(code).toString('base64');

describe('a WebAssembly function', () => {
  let grid: Grid;
  let paths: Record<string, string>;

  beforeAll(async () => {
    grid = await Grid.start();
    await grid.startWorker('one', grid.demo.volunteers[0]!);
    await grid.startWorker('two', grid.demo.volunteers[1]!);
    paths = buildExamples(grid.directory, hasClang ? ['primes', 'word-count', 'checksum'] : ['primes']);
  });
  afterAll(() => grid.stop());

  const deployFile = (name: string, abi: 'wasi-command' | 'handle') =>
    grid.api().deploy({ name, runtime: 'wasm', abi, module: base64(readFileSync(paths[name] as string)) });
  const deploy = (name: string, code: Uint8Array) => grid.api().deploy({ name, runtime: 'wasm', module: base64(code) });
  const refusal = async (code: Uint8Array) => {
    const error = await deploy('refused', code).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PotluckError);
    return error;
  };

  it('written in AssemblyScript costs what was estimated, and what it costs at home', async () => {
    const { version } = await deployFile('primes', 'handle');
    expect(version).toMatchObject({ runtime: 'wasm', abi: 'handle', runtimeId: expect.stringMatching(/^wasm-1-[0-9a-f]{12}$/) });
    const estimate = await grid.api().estimate('primes', { input: { below: 100_000 } });
    const answer = await grid.api().invoke('primes', { below: 100_000 }, { assurance: 'high' });
    expect(answer).toMatchObject({
      status: 'succeeded',
      output: { count: 9_592 },
      fuel: estimate.fuel,
      charged: expect.any(String),
    });
    expect(estimate.outcome).toBe('ok');
    const ran = await runPotluck(
      grid,
      'run',
      join(grid.directory, 'primes.wasm'),
      '{"below":100000}',
      '--abi',
      'handle',
      '--json',
    );
    expect(JSON.parse(ran.out)).toMatchObject({ outcome: 'ok', fuel: answer.fuel });
  });

  it.runIf(hasClang)('written in C is deployed and invoked by command', async () => {
    const deployed = await runPotluck(grid, 'deploy', 'word-count.wasm');
    expect(deployed).toMatchObject({ code: 0 });
    const invoked = await runPotluck(grid, 'invoke', 'word-count', '--binary', 'two words and\nthree more\n');
    expect(invoked).toMatchObject({ code: 0, out: expect.stringContaining('{"lines":2,"words":5,"bytes":25}') });
    await deployFile('checksum', 'handle');
    const answer = await grid.api().invoke('checksum', '123456789');
    // The JSON text with its quotes is what went in.
    expect(answer).toMatchObject({ status: 'succeeded', output: '83593021' });
  });

  it('that fails is charged, with an error in the sandbox’s words', async () => {
    const cases: [string, Bytes, { kind: string; message: string }, bigint?][] = [
      ['traps', op.unreachable, { kind: 'trap', message: 'the module trapped' }],
      ['recurses', op.call(0), { kind: 'stack_overflow', message: 'the call recursed too deeply' }],
      ['loops', [op.loop, op.br(0), op.end], { kind: 'out_of_fuel', message: 'the call used up its fuel limit of 20000000' }],
    ];
    for (const [name, body, error] of cases) {
      await deploy(name, command(body));
      const answer = await grid.api().invoke(name, null, { fuelLimit: '20000000' });
      expect(answer).toMatchObject({ status: 'failed', error });
      expect(BigInt(answer.charged ?? 0)).toBeGreaterThan(0n);
    }
  });

  it('is refused at deploy for what the sandbox does not have', async () => {
    expect(await refusal(command([], { imports: [['env', 'fetch', ':']] }))).toMatchObject({
      code: 'function_invalid',
      message: expect.stringContaining('the import "env.fetch" is not allowed'),
    });
    expect(await refusal(command([], { memory: [1_025] }))).toMatchObject({ message: expect.stringContaining('1025 pages') });
    expect(await refusal(command([0xfd, 12, new Array(16).fill(0), op.drop]))).toMatchObject({
      message: expect.stringContaining('unsupported'),
    });
    expect(await refusal(command(op.call(7)))).toMatchObject({ message: expect.stringContaining('unknown function') });
  });

  it('is refused at deploy when it traps or never ends while it starts', async () => {
    const starting = (body: Bytes) => command([], { functions: [{ body }], start: 1 });
    expect(await refusal(starting(op.unreachable))).toMatchObject({ message: expect.stringContaining('while it starts') });
    expect(await refusal(starting([op.loop, op.br(0), op.end]))).toMatchObject({
      message: expect.stringContaining('fuel limit'),
    });
  });

  it('leaves the books sound', () => expectSoundBooks(grid));
});
