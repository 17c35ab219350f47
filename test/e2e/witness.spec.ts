/** Volunteers as witnesses of the operator's books: what they sign is public, and none of them serves a grid whose history was changed. */
import type { ChildProcess } from 'node:child_process';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Grid, until } from '../support/grid.js';

interface Cosigned {
  nodeId: string;
  publicKey: string;
  size: string;
  root: string;
  known: boolean;
  request: Record<'method' | 'authority' | 'target' | 'signatureInput' | 'signature' | 'contentDigest' | 'body', string>;
}

describe('a worker that holds a checkpoint', () => {
  let grid: Grid;

  beforeAll(async () => {
    grid = await Grid.start();
    await grid.api().deploy({ name: 'double', runtime: 'js', source: 'export default (n) => n * 2' });
  });
  afterAll(() => grid.stop());

  const state = (): string => join(grid.directory, 'worker-witness');
  const kept = (): { checkpoint: { size: number; root: string } | null; forked?: { code: string } } => {
    const states = JSON.parse(readFileSync(join(state(), 'log.json'), 'utf8'));
    return states[`localhost:${grid.port}/v1/log`];
  };
  const get = async <T>(path: string): Promise<T> => (await fetch(`${grid.url}${path}`)).json() as Promise<T>;
  const cosignatures = async (): Promise<Cosigned[]> => (await get<{ data: Cosigned[] }>('/v1/log/cosignatures')).data;

  /** Serves until the log's checkpoint was verified, then leaves in good order with it. */
  async function serveAndLeave(): Promise<void> {
    await grid.startWorker('witness', grid.demo.volunteers[0]!);
    await grid.api().invoke('double', 2);
    await until('a checkpoint is signed', async () => (await fetch(`${grid.url}/v1/log/checkpoint`)).ok);
    expect(await grid.stopWorker('witness')).toBe(0);
  }

  it('signs it in its heartbeat, and anyone can check that', async () => {
    // The first beat of a start says what the one before has verified.
    await serveAndLeave();
    await serveAndLeave();
    const { size, root } = kept().checkpoint!;
    await grid.startWorker('witness', grid.demo.volunteers[0]!);
    const cosigned = await until('the word is published', async () =>
      (await cosignatures()).find((one) => one.size === String(size)),
    );
    expect(cosigned).toMatchObject({ root, known: true });
    const statement = JSON.parse(Buffer.from(cosigned.request.body, 'base64').toString());
    expect(statement.checkpoint).toEqual({ size: String(size), root });
    expect(isSigned(cosigned)).toBe(true);
    // The word may be one of the start before: this one is up once it serves.
    await grid.api().invoke('double', 3);
    expect(await grid.stopWorker('witness')).toBe(0);
  });

  it('that this log never signed is published as such, and alarms', async () => {
    const before = kept();
    const nodeId = (await cosignatures())[0]!.nodeId;
    const lie = { size: '4242', root: createHash('sha256').digest('base64') };
    await sayWith(join(state(), 'node-key.json'), nodeId, lie);
    const unknown = await until('the lie is published', async () => (await cosignatures()).find(({ known }) => !known));
    expect(unknown).toMatchObject({ ...lie, nodeId });
    // What a process says reaches us a moment after what it writes to the database.
    await until('the alarm is heard', async () =>
      grid.output.includes('holds a checkpoint that this log never signed: size 4242'),
    );
    await until('it is counted', async () =>
      (await (await fetch(`${grid.url}/metrics`)).text()).includes('\nlog_unknown_checkpoints_total 1\n'),
    );
    expect(kept()).toEqual(before);
  });

  it.each([
    [{ size: 4, root: createHash('sha256').digest('base64') }, 'size'],
    [{ size: '-1', root: createHash('sha256').digest('base64') }, 'size'],
    [{ size: '4', root: 'AAAA' }, 'root'],
    ['4', 'checkpoint'],
  ])('cannot be said in another form: %j', async (checkpoint, named) => {
    const nodeId = (await cosignatures())[0]!.nodeId;
    const answer = await sayWith(join(state(), 'node-key.json'), nodeId, checkpoint);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(named);
  });

  it('refuses to serve when history was rewritten and signed anew, keeps both notes, and goes on refusing', async () => {
    const known = kept().checkpoint!;
    await rewriteHistory();
    const code = await exitOf(await grid.startWorker('witness', grid.demo.volunteers[0]!));
    expect(code).toBe(6);
    await until('it says so', async () => grid.output.includes('THE PUBLIC LOG OF THIS GRID CONTRADICTS ITSELF'));
    const files = readdirSync(state()).filter((name) => name.startsWith('log-fork-'));
    expect(files).toHaveLength(1);
    const evidence = JSON.parse(readFileSync(join(state(), files[0]!), 'utf8'));
    expect(evidence.known).toMatchObject(known);
    expect(evidence.shown.note).toContain(`localhost:${grid.port}/v1/log\n`);
    expect(['other_root', 'proof_invalid', 'proof_refused']).toContain(evidence.code);
    expect(kept()).toMatchObject({ checkpoint: known, forked: { code: evidence.code } });
    expect(await exitOf(await grid.startWorker('witness', grid.demo.volunteers[0]!))).toBe(6);
    expect(readdirSync(state()).filter((name) => name.startsWith('log-fork-'))).toEqual(files);
  });

  /** What an operator could do: change an old entry, throw the log away, and have it made and signed again with the same key. */
  async function rewriteHistory(): Promise<void> {
    await grid.killCoordinators();
    await grid.query('SET session_replication_role = replica');
    // The first leaf: whatever checkpoint the worker has kept covers it.
    await grid.query(
      `UPDATE ledger.transfers SET evidence_hash = sha256('another history') WHERE id = (SELECT min(id) FROM ledger.transfers)`,
    );
    await grid.query('TRUNCATE ledger.leaves, ledger.subtree_roots, ledger.checkpoints');
    await grid.query(`UPDATE ledger.log_state SET size = 0, frontier = '', last_id = 0, gap_below = NULL, gap_bound = NULL`);
    await grid.query('SET session_replication_role = origin');
    await grid.startCoordinator();
    await until('the log is signed anew', async () => (await fetch(`${grid.url}/v1/log/checkpoint`)).ok);
  }

  /** A heartbeat by the witness's own key, with words of ours. */
  async function sayWith(keyFile: string, nodeId: string, checkpoint: unknown): Promise<Response> {
    const { signRequest } = await import('../../libs/signing/http-signature.js');
    const secretKey = Buffer.from(JSON.parse(readFileSync(keyFile, 'utf8')).secretKey, 'base64');
    const url = `${grid.url}/v1/worker/heartbeat`;
    const body = new TextEncoder().encode(JSON.stringify({ slotsFree: 0, running: [], checkpoint }));
    const signed = signRequest(
      { method: 'POST', url, body },
      { keyId: nodeId, secretKey, created: Math.floor(Date.now() / 1000) },
    );
    return fetch(url, {
      method: 'POST',
      body,
      headers: { ...signed, 'worker-protocol': '1', 'content-type': 'application/json' },
    });
  }
});

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(child.exitCode)));

/** As docs/worker-protocol.md tells a stranger to, with code of our own. */
function isSigned({ publicKey, request }: Cosigned): boolean {
  const body = Buffer.from(request.body, 'base64');
  if (request.contentDigest !== `sha-256=:${createHash('sha256').update(body).digest('base64')}:`) return false;
  const [, params = '', names = ''] = /^[a-z0-9]+=(\(([^)]*)\).*)$/.exec(request.signatureInput) ?? [];
  const [path = '', query = ''] = request.target.split('?');
  const values: Record<string, string> = {
    '@method': request.method,
    '@authority': request.authority,
    '@path': path,
    '@query': `?${query}`,
    'content-digest': request.contentDigest,
  };
  const lines = names.split(' ').map((name) => `${name}: ${values[name.replaceAll('"', '')]}`);
  const base = [...lines, `"@signature-params": ${params}`].join('\n');
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(publicKey, 'base64')]);
  const signature = Buffer.from(/=:([^:]+):$/.exec(request.signature)?.[1] ?? '', 'base64');
  return verify(null, Buffer.from(base), createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature);
}
