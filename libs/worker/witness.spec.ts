/** The worker against honest and dishonest logs, over HTTP; its memory is the daemon's, in a directory of its own. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateKeyPair } from '#libs/signing/ed25519.js';
import { logNameOf } from '#libs/transparency/log-name.js';
import { ScriptedCoordinator } from '../../test/support/scripted-coordinator.js';
import { ScriptedLog } from '../../test/support/scripted-log.js';
import type { JoinError } from './join-errors.js';
import type { Execute } from './lease.js';
import { LogFile } from './log-file.js';
import { Volunteer } from './volunteer.js';
import { Worker, type WorkerEnd } from './worker.js';
import type { WorkerEvent } from './worker-events.js';

const LEASES = '/v1/worker/leases';
const BEAT = '/v1/worker/heartbeat';
const PROOF = '/v1/log/proofs/consistency';

let coordinator: ScriptedCoordinator;
let log: ScriptedLog;
let directory: string;
let events: WorkerEvent[];
let worker: Worker;
let ended: Promise<WorkerEnd>;

const echo: Execute = async ({ input }) => ({ outcome: 'ok', output: input, fuel: 42n, log: '', runMs: 1 });

function begin(change: { execute?: Execute; logKey?: string } = {}): void {
  const { publicKey, secretKey } = generateKeyPair();
  coordinator.trust(publicKey);
  worker = new Worker({
    url: coordinator.url,
    origin: coordinator.origin,
    nodeId: coordinator.nodeId,
    secretKey,
    runtimes: ['test-runtime'],
    threads: 2,
    execute: change.execute ?? echo,
    pace: { beatMs: 30, retryMinMs: 10, retryMaxMs: 60, graceMs: 200, pollSeconds: 2, callTimeoutMs: 2_000 },
    logMemory: new LogFile(directory),
    ...(change.logKey === undefined ? {} : { logKey: change.logKey }),
    onEvent: (event) => events.push(event),
  });
  ended = worker.run();
}

async function stop(): Promise<WorkerEnd> {
  worker.stop();
  return ended;
}

/** Serves with the log as it is until that was verified, then leaves; a later `begin` holds this checkpoint. */
async function holdCheckpoint(): Promise<void> {
  begin();
  await until(() => kept()?.checkpoint?.size === log.leaves.length);
  expect(await stop()).toEqual({ reason: 'asked' });
  coordinator.calls.length = 0;
  events = [];
}

async function until(done: () => boolean, withinMs = 5_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!done()) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms; events: ${JSON.stringify(events.slice(-8))}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

interface Kept {
  keys: string[];
  checkpoint: { size: number; root: string; note: string } | null;
  forked?: { code: string; evidence: string };
}

function kept(): Kept | undefined {
  const file = readdirSync(directory).includes('log.json') ? readFileSync(join(directory, 'log.json'), 'utf8') : '{}';
  return (JSON.parse(file) as Record<string, Kept>)[log.name];
}

const evidence = (): Record<string, unknown>[] =>
  readdirSync(directory)
    .filter((name) => name.startsWith('log-fork-'))
    .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')));
const callsOf = (path: string) => coordinator.calls.filter((call) => call.path === path);
const ofType = <T extends WorkerEvent['type']>(type: T) =>
  events.filter((event): event is Extract<WorkerEvent, { type: T }> => event.type === type);

beforeEach(async () => {
  events = [];
  directory = mkdtempSync(join(tmpdir(), 'potluck-witness-'));
  coordinator = await new ScriptedCoordinator().start();
  log = new ScriptedLog(logNameOf(coordinator.origin)).append('one', 'two', 'three');
  coordinator.log = log;
});

afterEach(async () => {
  await stop();
  await coordinator.kill();
  rmSync(directory, { recursive: true });
});

describe('a worker that witnesses', () => {
  it('pins the log’s key at first contact and says the checkpoint back in its next signed beat', async () => {
    begin();
    await until(() => callsOf(BEAT).some(({ body }) => body.checkpoint !== undefined));
    const { size, root } = log.shown();
    expect(callsOf(BEAT).find(({ body }) => body.checkpoint !== undefined)?.body.checkpoint).toEqual({ size, root });
    expect(ofType('log_key')).toEqual([{ type: 'log_key', log: log.name, vkey: log.vkey, how: 'first_contact' }]);
    expect(kept()).toEqual({ keys: [log.vkey], checkpoint: { ...log.shown(), size: 3 } });
    expect(statSync(join(directory, 'log.json')).mode & 0o777).toBe(0o600);
  });

  it('follows a log that grows, with a proof for each step', async () => {
    begin();
    await until(() => kept()?.checkpoint?.size === 3);
    for (const size of [4, 5, 9, 16, 17]) {
      while (log.leaves.length < size) log.append(`entry ${log.leaves.length}`);
      await until(() => kept()?.checkpoint?.size === size);
    }
    expect(callsOf(PROOF).length).toBeGreaterThanOrEqual(5);
    expect(ofType('log_forked')).toEqual([]);
  });

  it('looks at the log before it takes any work', async () => {
    coordinator.offer(1);
    coordinator.fail(BEAT, 'before', { status: 503, code: 'unavailable' });
    begin();
    await until(() => coordinator.recorded.size === 1);
    const paths = coordinator.calls.map(({ path }) => path);
    expect(paths.indexOf(BEAT)).toBeLessThan(paths.indexOf(LEASES));
    expect(paths.indexOf('/v1/log/keys')).toBeLessThan(paths.indexOf(LEASES));
  });

  it('serves a grid without a log, and one that says nothing of it for a while', async () => {
    await holdCheckpoint();
    coordinator.log = undefined;
    begin();
    await until(() => callsOf(LEASES).length > 0);
    const leaseIds = coordinator.offer(2);
    await until(() => leaseIds.every((id) => coordinator.recorded.has(id)));
    await until(() => callsOf(BEAT).length >= 3);
    expect(callsOf(BEAT)[0]?.body.checkpoint).toEqual({ size: '3', root: log.shown().root });
    expect(ofType('log_forked')).toEqual([]);
  });

  it('takes a smaller tree that ours grew out of for what it is: a replica that lags', async () => {
    await holdCheckpoint();
    coordinator.heartbeat = { cancel: [], checkpoint: log.shown(2) };
    begin();
    await until(() => callsOf(BEAT).length >= 3);
    expect(kept()?.checkpoint?.size).toBe(3);
    expect(ofType('log_forked')).toEqual([]);
  });

  it.each([
    ['has no proof yet', { problem: { status: 409, code: 'proof_pending', retryable: true } }],
    ['breaks', { problem: { status: 500, code: 'internal' } }],
    ['hides behind a proxy that knows no such page', { problem: { status: 404, code: undefined } }],
  ])('keeps what it knows, and says so, while the log %s', async (_, instead) => {
    await holdCheckpoint();
    log.append('four').instead = instead;
    begin();
    await until(() => ofType('log_unproven').length === 1);
    expect(kept()?.checkpoint?.size).toBe(3);
    expect(callsOf(BEAT).at(-1)?.body.checkpoint).toMatchObject({ size: '3' });
    log.instead = undefined;
    await until(() => kept()?.checkpoint?.size === 4);
  });

  it('goes on while the coordinator is away, and holds the same checkpoint after', async () => {
    begin();
    await until(() => kept()?.checkpoint?.size === 3);
    await coordinator.kill();
    await until(() => ofType('offline').length > 0);
    log.append('four');
    await coordinator.start();
    await until(() => kept()?.checkpoint?.size === 4);
  });

  it('follows a new key that the old one has signed, any number of times, also after a restart', async () => {
    await holdCheckpoint();
    log.rotate({ announced: true }).append('four').rotate({ announced: true }).append('five');
    begin();
    await until(() => kept()?.checkpoint?.size === 5);
    expect(ofType('log_key').map(({ how }) => how)).toEqual(['succession', 'succession']);
    expect(kept()?.keys).toHaveLength(3);
    await stop();
    events = [];
    log.append('six');
    begin();
    await until(() => kept()?.checkpoint?.size === 6);
    expect(ofType('log_key')).toEqual([]);
  });

  it('trusts the key that the volunteer names, and no other', async () => {
    begin({ logKey: log.vkey });
    await until(() => kept()?.checkpoint?.size === 3);
    expect(ofType('log_key').map(({ how }) => how)).toEqual(['given']);
    await stop();
    rmSync(join(directory, 'log.json'));
    begin({ logKey: new ScriptedLog(log.name).vkey });
    expect(await ended).toMatchObject({ reason: 'log_forked' });
    expect(evidence()).toMatchObject([{ code: 'checkpoint_unsigned', known: null }]);
  });
});

describe('when history was changed, a worker', () => {
  const forks: [string, string, () => void][] = [
    ['fewer entries', 'proof_refused', () => log.leaves.pop()],
    ['another root for the same size', 'other_root', () => log.rewrite(1, 'another')],
    ['more entries over another past', 'proof_invalid', () => log.rewrite(1, 'another').append('four')],
    ['a key that nobody announced', 'checkpoint_unsigned', () => log.rotate({ announced: false }).append('four')],
    ['no proof, and no intention to give one', 'proof_refused', () => (log.append('four').instead = refusal)],
    ['a proof without hashes', 'proof_refused', () => (log.append('four').instead = { path: 'trust me' })],
    ['a proof that proves nothing', 'proof_invalid', () => (log.append('four').instead = { path: [] })],
  ];
  const refusal = { problem: { status: 404, code: 'not_found', detail: 'no such size' } };

  it.each(forks)('refuses to go on before it takes any work: %s', async (_, code, change) => {
    await holdCheckpoint();
    const known = log.shown();
    change();
    coordinator.offer(1);
    begin();
    expect(await ended).toMatchObject({ reason: 'log_forked' });
    expect(callsOf(LEASES)).toEqual([]);
    expect(evidence()).toMatchObject([{ log: log.name, code, known: { ...known, size: 3 }, shown: log.shown() }]);
    expect(ofType('log_forked')[0]?.evidence).toContain(directory);
    expect(kept()).toMatchObject({ checkpoint: { ...known, size: 3 }, forked: { code } });
  });

  it('goes on refusing after a restart, also where the true history is shown again', async () => {
    await holdCheckpoint();
    const honest = log;
    coordinator.log = log.twin().rewrite(0, 'another').append('four');
    begin();
    expect(await ended).toMatchObject({ reason: 'log_forked' });
    coordinator.log = honest;
    begin();
    expect(await ended).toMatchObject({ reason: 'log_forked' });
    expect(evidence()).toHaveLength(1);
  });

  it('refuses a note that does not say what stands beside it, one of another log, and one that is none', async () => {
    const other = new ScriptedLog('elsewhere.example/v1/log').append('one');
    const shown = log.shown();
    for (const checkpoint of [
      { ...shown, size: '4' },
      { ...shown, note: other.shown().note },
      { ...shown, note: 'yes' },
      'trust me',
    ]) {
      rmSync(join(directory, 'log.json'), { force: true });
      coordinator.heartbeat = { cancel: [], checkpoint };
      begin();
      expect(await ended).toMatchObject({ reason: 'log_forked' });
    }
    expect(callsOf(LEASES)).toEqual([]);
  });

  it('gives its leases back when it learns of it at work', async () => {
    coordinator.offer(2);
    begin({ execute: () => new Promise(() => {}) });
    await until(() => ofType('leased').length === 2 && kept()?.checkpoint?.size === 3);
    log.rewrite(2, 'another').append('four');
    expect(await ended).toMatchObject({ reason: 'log_forked' });
    expect(coordinator.exit?.returned.sort()).toEqual(['lease_1', 'lease_2']);
  });

  it.each([
    ['nonsense', 'must be a verifier key'],
    [new ScriptedLog('elsewhere.example/v1/log').vkey, 'is a key of the log elsewhere.example/v1/log'],
  ])('does not start with a key of the log that cannot be this one’s: %s', async (logKey, words) => {
    coordinator.enrolments.add('token');
    const start = { url: coordinator.url, stateDirectory: directory, enrolment: 'token', name: 'attic', threads: 1, logKey };
    const refused = await Volunteer.prepare({ ...start, onEvent: (event) => events.push(event) }).catch(
      (error: JoinError) => error,
    );
    expect(refused).toMatchObject({ code: 'log_key_invalid', message: expect.stringContaining(words) });
    // The lock went with it.
    expect(readdirSync(directory)).not.toContain('worker.lock');
    begin();
    await until(() => kept()?.checkpoint?.size === 3);
  });

  it('does not start over a memory that it cannot read', async () => {
    await holdCheckpoint();
    writeFileSync(join(directory, 'log.json'), '{"half":');
    await expect(new LogFile(directory).read(log.name)).rejects.toMatchObject({ code: 'log_state_broken' });
  });
});
