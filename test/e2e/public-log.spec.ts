/** The public log as everyone sees it: over HTTP, without a credential, checked by what is published alone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVerifier } from '../../libs/signing/ed25519-node.js';
import { type Checkpoint, parseVerifierKey, readCheckpoint, type VerifierKey } from '../../libs/transparency/checkpoint.js';
import { verifyConsistency } from '../../libs/transparency/consistency-proof.js';
import { rootOfHashes } from '../../libs/transparency/merkle-tree.js';
import { tilePath, tilesOf } from '../../libs/transparency/tile-path.js';
import { expectSoundBooks } from '../support/books.js';
import { Grid, until } from '../support/grid.js';

let grid: Grid;
let keys: VerifierKey[];

beforeAll(async () => {
  grid = await Grid.start();
  const { keys: published } = (await json('/v1/log/keys')) as { keys: { vkey: string }[] };
  keys = published.flatMap(({ vkey }) => {
    const reading = parseVerifierKey(vkey);
    return reading.state === 'valid' ? [reading.key] : [];
  });
});
afterAll(async () => {
  await expectSoundBooks(grid);
  await grid.stop();
});

const get = (path: string): Promise<Response> => fetch(`${grid.url}${path}`);
const json = async (path: string): Promise<unknown> => (await get(path)).json();

async function newest(): Promise<Checkpoint> {
  const note = await until('a checkpoint', async () => {
    const response = await get('/v1/log/checkpoint');
    return response.ok ? response.text() : undefined;
  });
  const reading = readCheckpoint(note, {
    keys,
    verify: (publicKey, bytes, signature) => createVerifier(Buffer.from(publicKey))(bytes, signature),
  });
  if (reading.state === 'refused') throw new Error(reading.detail);
  return reading.checkpoint;
}

async function grant(): Promise<void> {
  const { developer, operator } = grid.demo;
  const response = await fetch(`${grid.url}/v1/grants`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${operator.apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    body: JSON.stringify({ to: developer.accountId, amount: '5', reason: 'a test' }),
  });
  expect(response.status).toBe(201);
}

/** A checkpoint later, with a transfer more. */
async function grow(): Promise<void> {
  const { size } = await newest();
  await grant();
  await until('the log grew', async () => (await newest()).size > size);
}

const hashesOf = (bytes: Buffer): Buffer[] =>
  Array.from({ length: bytes.length / 32 }, (_, at) => bytes.subarray(at * 32, at * 32 + 32));

describe('the public log', () => {
  it('names itself and its key by the grid’s address', async () => {
    expect(keys.map(({ name }) => name)).toEqual([`localhost:${grid.port}/v1/log`]);
    expect((await newest()).origin).toBe(`localhost:${grid.port}/v1/log`);
    const response = await get('/v1/log/checkpoint');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('public, max-age=1');
  });

  it('has tiles whose root the checkpoint signs', async () => {
    const { size, root } = await newest();
    const tiles = await Promise.all(
      tilesOf(size, 0).map(async (tile) => {
        const response = await get(`/v1/log/tile/${tilePath(tile)}`);
        expect(response.headers.get('content-type')).toBe('application/octet-stream');
        return Buffer.from(await response.arrayBuffer());
      }),
    );
    expect(rootOfHashes(hashesOf(Buffer.concat(tiles)))).toEqual(Buffer.from(root));
  });

  it('proves from one checkpoint to the next that it was only added to', async () => {
    const before = await newest();
    await grow();
    const after = await newest();
    const response = await get(`/v1/log/proofs/consistency?from=${before.size}&to=${after.size}`);
    expect(response.headers.get('cache-control')).toContain('immutable');
    const { path } = (await response.json()) as { path: string[] };
    expect(
      verifyConsistency({
        fromSize: before.size,
        toSize: after.size,
        fromRoot: before.root,
        toRoot: after.root,
        path: path.map((hash) => Buffer.from(hash, 'base64')),
      }),
    ).toBe(true);
  });

  it('proves that a transfer is in it', async () => {
    const proof = (await json('/v1/log/proofs/inclusion?transfer=2')) as Record<string, unknown>;
    expect(proof).toMatchObject({ transferId: '2', index: '1', size: expect.stringMatching(/^\d+$/) });
    const again = (await json(`/v1/log/proofs/inclusion?transfer=2&size=${proof.size}`)) as Record<string, unknown>;
    expect(again).toEqual(proof);
  });

  it('lists its checkpoints, newest first, page by page', async () => {
    await grow();
    const { size } = await newest();
    const first = (await json('/v1/log/checkpoints?limit=1')) as { data: { size: string }[]; nextCursor: string };
    expect(first.data).toMatchObject([{ size: String(size), note: expect.stringContaining(`\n${size}\n`) }]);
    const second = (await json(`/v1/log/checkpoints?limit=1&cursor=${first.nextCursor}`)) as { data: { size: string }[] };
    expect(Number(second.data[0]?.size)).toBeLessThan(size);
  });

  it.each([
    ['/v1/log/proofs/inclusion', 400, 'validation_failed', 'transfer'],
    ['/v1/log/proofs/inclusion?transfer=x', 400, 'validation_failed', 'transfer'],
    ['/v1/log/proofs/inclusion?transfer=999999999', 404, 'not_found', undefined],
    ['/v1/log/proofs/inclusion?transfer=2&size=1', 400, 'validation_failed', 'size'],
    ['/v1/log/proofs/inclusion?transfer=2&size=999999999', 400, 'validation_failed', 'size'],
    ['/v1/log/proofs/inclusion?transfer=2&size=-1', 400, 'validation_failed', 'size'],
    ['/v1/log/proofs/consistency?from=1', 400, 'validation_failed', 'to'],
    ['/v1/log/proofs/consistency?from=2&to=1', 400, 'validation_failed', 'from'],
    ['/v1/log/proofs/consistency?from=1&to=999999999', 400, 'validation_failed', 'to'],
    ['/v1/log/proofs/consistency?from=1&to=9007199254740993', 400, 'validation_failed', 'to'],
    ['/v1/log/tile/0/x000/000', 400, 'validation_failed', 'index'],
    ['/v1/log/tile/0/000.p/256', 400, 'validation_failed', 'index'],
    ['/v1/log/tile/7/000', 404, 'not_found', undefined],
    ['/v1/log/tile/0/x999/999', 404, 'not_found', undefined],
    ['/v1/log/tile/0/x009/x007/x199/x254/740/991', 400, 'validation_failed', 'index'],
    ['/v1/log/checkpoints?cursor=abc', 400, 'cursor_invalid', 'cursor'],
  ])('answers GET %s with %i %s', async (path, status, code, parameter) => {
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(response.headers.get('cache-control') ?? '').not.toContain('immutable');
    const problem = (await response.json()) as { code: string; errors?: { parameter: string }[] };
    expect(problem.code).toBe(code);
    expect(problem.errors?.[0]?.parameter).toBe(parameter);
  });

  it('tells who asks too early to come again', async () => {
    // Nobody sequences while this transaction has the log's lock.
    await grid.query('BEGIN');
    await grid.query('SELECT size FROM ledger.wait_for_log()');
    await grant();
    const [last] = await grid.query<{ id: string }>('SELECT max(id) AS id FROM ledger.transfers');
    const early = await get(`/v1/log/proofs/inclusion?transfer=${last?.id}`);
    expect(early.status).toBe(409);
    expect(early.headers.get('retry-after')).toBe('1');
    expect(await early.json()).toMatchObject({ code: 'proof_pending', retryable: true });
    await grid.query('COMMIT');
    await until('the proof', async () => (await get(`/v1/log/proofs/inclusion?transfer=${last?.id}`)).ok);
  });
});
