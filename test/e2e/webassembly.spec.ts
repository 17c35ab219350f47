/** WebAssembly modules on the grid: deployed by either ABI, refused by name where they ask for too much, answered as JSON or as bytes. */
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSoundBooks } from '../support/books.js';
import { runPotluck } from '../support/command.js';
import { Grid, until } from '../support/grid.js';
import { catModule, echoModule, openingModule } from '../support/modules.js';

const MIB = 1_048_576;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

describe('a WebAssembly module', () => {
  let grid: Grid;
  let key = 0;

  beforeAll(async () => {
    grid = await Grid.start();
    await grid.startWorker('worker', grid.demo.volunteers[0]!);
    await grid.api().deploy({ name: 'cat', runtime: 'wasm', module: base64(catModule) });
    await grid.api().deploy({ name: 'echo', runtime: 'wasm', module: base64(echoModule), abi: 'handle' });
  });
  afterAll(async () => {
    await expectSoundBooks(grid);
    await grid.stop();
  });

  const post = async (path: string, type: string, body: string | Buffer) => {
    key += 1;
    const headers = {
      authorization: `Bearer ${grid.demo.developer.apiKey}`,
      'idempotency-key': `wasm-${key}`,
      'content-type': type,
    };
    const response = await fetch(grid.url + path, { method: 'POST', headers, body: body as string });
    return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  };
  const deploy = async (body: object) => {
    const { status, bytes } = await post('/v1/functions', 'application/json', JSON.stringify({ runtime: 'wasm', ...body }));
    return { status, body: JSON.parse(bytes.toString()) };
  };

  it('is a version of the runtime of its language, and its code is given back byte for byte', async () => {
    const versions = [];
    for await (const version of grid.api().versions('cat')) versions.push(version);
    const { runtimes } = (await grid.api().limits()) as unknown as { runtimes: { js: string; wasm: string } };
    expect(versions).toMatchObject([
      { runtime: 'wasm', abi: 'wasi-command', codeBytes: catModule.length, runtimeId: runtimes.wasm },
    ]);
    expect(runtimes.js).not.toBe(runtimes.wasm);
    const response = await fetch(`${grid.url}/v1/functions/cat/versions/${versions[0]!.version}/code`, {
      headers: { authorization: `Bearer ${grid.demo.developer.apiKey}` },
    });
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(catModule);
  });

  it.each(['cat', 'echo'])('%s answers JSON with JSON, as it wrote it', async (name) => {
    const text = '{"big": 123456789012345678901234567890, "one": 1.0}';
    const answer = await post(`/v1/functions/${name}/invoke`, 'application/json', text);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.bytes.toString()).toBe(text);
    const job = await fetch(`${grid.url}/v1/jobs/${answer.headers.get('job-id')}`, {
      headers: { authorization: `Bearer ${grid.demo.developer.apiKey}` },
    });
    const document = await job.text();
    expect(document).toContain(`"input":${text}`);
    expect(document).toContain(`"output":${text}`);
  });

  it.each(['cat', 'echo'])('%s answers bytes with bytes, JSON or not', async (name) => {
    for (const bytes of [Buffer.from([0, 0xff, 0x0a, 0x22]), Buffer.from('[1]'), Buffer.alloc(0), Buffer.alloc(MIB, 7)]) {
      const answer = await post(`/v1/functions/${name}/invoke`, 'application/octet-stream', bytes);
      expect(answer.headers.get('content-type')).toBe('application/octet-stream');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('content-security-policy')).toContain('sandbox');
      expect(answer.bytes.equals(bytes)).toBe(true);
    }
    const { jobId } = await grid.api().invoke(name, new Uint8Array([1, 0xff]));
    const job = await grid.api().job(jobId);
    expect(job).toMatchObject({ outputBase64: 'Af8=' });
    expect(job).not.toHaveProperty('output');
  });

  it('answers a batch line by line, each as it wrote it', async () => {
    const lines = ['{"n": 1.0}', '[123456789012345678901234567890]', '"two"'];
    const submitted = await post('/v1/batches?function=echo', 'application/x-ndjson', lines.join('\n'));
    expect(submitted.status).toBe(202);
    const { id } = JSON.parse(submitted.bytes.toString());
    await until('the batch is done', async () => (await grid.api().batch(id)).completed);
    const headers = { authorization: `Bearer ${grid.demo.developer.apiKey}` };
    const results = await (await fetch(`${grid.url}/v1/batches/${id}/results`, { headers })).text();
    const outputs = results
      .trim()
      .split('\n')
      .map((line) => /"output":(.*),"fuel"/.exec(line)?.[1]);
    expect(outputs).toEqual(lines);
  });

  it('costs what the estimate said, and what a run at home said', async () => {
    writeFileSync(join(grid.directory, 'elsewhere.wasm'), catModule);
    const estimate = await grid.api().estimate('cat', { input: [1, 2, 3] });
    const { jobId, fuel } = await grid.api().invoke('cat', [1, 2, 3]);
    const job = await grid.api().job(jobId);
    const ran = await runPotluck(grid, 'run', 'elsewhere.wasm', '[1,2,3]', '--json');
    expect(estimate).toMatchObject({ outcome: 'ok', fuel, outputBytes: 7, unit: job.unit, charge: job.charged });
    expect(JSON.parse(ran.out)).toMatchObject({
      outcome: 'ok',
      output: [1, 2, 3],
      fuel,
      unit: job.unit,
      runtimeId: job.runtimeId,
    });
  });

  it('is deployed and invoked by command', async () => {
    writeFileSync(join(grid.directory, 'copy.wasm'), echoModule);
    expect((await runPotluck(grid, 'deploy', 'copy.wasm', '--abi', 'handle')).code).toBe(0);
    expect(await runPotluck(grid, 'invoke', 'copy', '--binary', 'a\tb')).toMatchObject({ code: 0, out: 'a\tb' });
  });

  it('again is the version that is there; by the other ABI it needs another name', async () => {
    expect(await deploy({ name: 'cat', module: base64(catModule) })).toMatchObject({
      status: 200,
      body: { abi: 'wasi-command' },
    });
    expect(await deploy({ name: 'cat', module: base64(catModule), abi: 'handle' })).toMatchObject({
      status: 422,
      body: { code: 'function_invalid', errors: [{ pointer: '/abi', detail: expect.stringContaining('another name') }] },
    });
  });

  it.each<[string, object, number, string, string, RegExp]>([
    ['no module', {}, 400, 'validation_failed', '/module', /missing/],
    ['a module that is no text', { module: 5 }, 400, 'validation_failed', '/module', /string/],
    ['bad base64', { module: 'AGFzbQE*' }, 400, 'validation_failed', '/module', /base64/],
    ['an unknown ABI', { module: base64(catModule), abi: 'wasi-reactor' }, 400, 'validation_failed', '/abi', /abi must be/],
    ['a source', { source: 'x' }, 400, 'validation_failed', '/source', /module/],
    ['text format', { module: base64(Buffer.from('(module)')) }, 422, 'function_invalid', '/module', /not a WebAssembly module/],
    ['a module cut off', { module: base64(catModule.subarray(0, 100)) }, 422, 'function_invalid', '/module', /./],
    [
      'a module of 4 MiB and a byte',
      { module: base64(Buffer.alloc(4 * MIB + 1)) },
      422,
      'function_invalid',
      '/module',
      /4194304/,
    ],
    [
      'an import of files',
      { module: base64(openingModule) },
      422,
      'function_invalid',
      '/module',
      /wasi_snapshot_preview1\.path_open/,
    ],
    ['a command as handle', { module: base64(catModule), abi: 'handle' }, 422, 'function_invalid', '/module', /fd_read/],
    ['a handle as command', { module: base64(echoModule) }, 422, 'function_invalid', '/module', /_start/],
  ])('is refused with %s', async (_what, body, status, code, pointer, words) => {
    const refused = await deploy({ name: 'refused', ...body });
    expect(refused).toMatchObject({ status, body: { code, errors: [{ pointer, detail: expect.stringMatching(words) }] } });
  });

  it('beyond what the route takes is refused before it is sent', async () => {
    const headers = {
      authorization: `Bearer ${grid.demo.developer.apiKey}`,
      'idempotency-key': 'too-much',
      'content-type': 'application/json',
      'content-length': 8 * MIB,
    };
    const status = await new Promise((resolve, reject) => {
      const call = request(`${grid.url}/v1/functions`, { method: 'POST', headers }, (response) => {
        resolve(response.statusCode);
        call.destroy();
      });
      call.on('error', reject);
      call.write('{');
    });
    expect(status).toBe(413);
  });
});
