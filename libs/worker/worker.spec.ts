import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExecutionResult } from '#libs/sandbox/execution.js';
import { generateKeyPair } from '#libs/signing/ed25519.js';
import { digestOf, ScriptedCoordinator } from '../../test/support/scripted-coordinator.js';
import type { Execute } from './lease.js';
import type { Pace } from './pace.js';
import { Worker, type WorkerEnd } from './worker.js';
import type { WorkerEvent } from './worker-events.js';

const LEASES = '/v1/worker/leases';
const RESULTS = '/v1/worker/results';
const quickPace: Partial<Pace> = {
  beatMs: 40,
  retryMinMs: 10,
  retryMaxMs: 60,
  graceMs: 400,
  pollSeconds: 2,
  callTimeoutMs: 2_000,
};

let coordinator: ScriptedCoordinator;
let events: WorkerEvent[];
let worker: Worker;
let ended: Promise<WorkerEnd>;

const echo: Execute = async ({ input }): Promise<ExecutionResult> => ({
  outcome: 'ok',
  output: input,
  fuel: 42n,
  log: '',
  runMs: 1,
});

function begin(change: { execute?: Execute; threads?: number; now?: () => number; pace?: Partial<Pace> } = {}): void {
  const { publicKey, secretKey } = generateKeyPair();
  coordinator.trust(publicKey);
  worker = new Worker({
    url: coordinator.url,
    origin: coordinator.origin,
    nodeId: coordinator.nodeId,
    secretKey,
    runtimes: ['test-runtime'],
    threads: change.threads ?? 2,
    execute: change.execute ?? echo,
    now: change.now,
    pace: { ...quickPace, ...change.pace },
    onEvent: (event) => events.push(event),
  });
  ended = worker.run();
}

async function until(done: () => boolean, withinMs = 5_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!done()) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms; events: ${JSON.stringify(events.slice(-8))}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const allRecorded = (leaseIds: string[]) => () => leaseIds.every((id) => coordinator.recorded.has(id));
const ofType = <T extends WorkerEvent['type']>(type: T) =>
  events.filter((event): event is Extract<WorkerEvent, { type: T }> => event.type === type);

beforeEach(async () => {
  events = [];
  coordinator = await new ScriptedCoordinator().start();
});

afterEach(async () => {
  worker?.stop();
  await ended;
  await coordinator.kill();
});

describe('a worker', () => {
  it('executes what it leases and delivers it signed', async () => {
    const leaseIds = coordinator.offer(20);
    begin();
    await until(allRecorded(leaseIds));
    expect(coordinator.recorded.get('lease_7')).toMatchObject({ outcome: 'ok', fuel: '42', outputDigest: digestOf('7') });
    expect(coordinator.refusedSignatures).toEqual([]);
    expect(coordinator.returned).toEqual([]);
  });

  it('puts results that finish together into one report', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const leaseIds = coordinator.offer(8);
    begin({ threads: 8, execute: async (execution, lease) => gate.then(() => echo(execution, lease)) });
    await until(() => ofType('leased').length === 8);
    release();
    await until(allRecorded(leaseIds));
    expect(coordinator.reports.map(({ results }) => results.length)).toEqual([8]);
  });

  it('never runs more guests at once than it has threads', async () => {
    let running = 0;
    let most = 0;
    const leaseIds = coordinator.offer(12);
    begin({
      threads: 3,
      execute: async (execution, lease) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 10));
        running -= 1;
        return echo(execution, lease);
      },
    });
    await until(allRecorded(leaseIds));
    expect(most).toBe(3);
  });

  it('reports a host failure without an outcome, and goes on', async () => {
    const leaseIds = coordinator.offer(3);
    begin({
      execute: async (execution, lease) => {
        if (lease.leaseId === 'lease_2') throw new Error('the sandbox broke');
        return echo(execution, lease);
      },
    });
    await until(allRecorded(leaseIds));
    expect(coordinator.recorded.get('lease_2')).toMatchObject({ hostFailure: 'killed' });
    expect(coordinator.recorded.get('lease_2')).not.toHaveProperty('outcome');
  });

  it('fetches a version’s code once', async () => {
    const leaseIds = coordinator.offer(10);
    begin();
    await until(allRecorded(leaseIds));
    expect(coordinator.calls.filter(({ path }) => path.startsWith('/v1/worker/code/'))).toHaveLength(1);
  });

  it('gives back what it cannot run: another input than named, another code, another runtime', async () => {
    const code = coordinator.code;
    const [wrongInput] = coordinator.offer(1, { inputDigest: digestOf('other') });
    const [wrongRuntime] = coordinator.offer(1, { runtimeId: 'newer' });
    const [missingCode] = coordinator.offer(1, { codeDigest: digestOf('nowhere') });
    const good = coordinator.offer(1);
    begin();
    await until(allRecorded(good));
    await until(() => coordinator.returned.length === 3);
    expect(new Set(coordinator.returned)).toEqual(new Set([wrongInput, wrongRuntime, missingCode]));
    expect(coordinator.code).toBe(code);
  });

  it('says once why it is idle', async () => {
    begin();
    await until(() => coordinator.calls.filter(({ path }) => path === LEASES).length >= 2);
    expect(ofType('idle')).toEqual([{ type: 'idle', reason: 'no_demand', words: undefined }]);
  });
});

describe('when the connection is lost, a worker', () => {
  it('asks again with the same requestId and gets the leases whose answer was lost', async () => {
    const leaseIds = coordinator.offer(2);
    coordinator.fail(LEASES, 'after');
    begin();
    await until(allRecorded(leaseIds));
    const [first, second] = coordinator.calls.filter(({ path }) => path === LEASES);
    expect(second?.body.requestId).toBe(first?.body.requestId);
    expect(coordinator.returned).toEqual([]);
  });

  it('names in `have` every lease that was not acknowledged', async () => {
    const leaseIds = coordinator.offer(4);
    coordinator.fail(RESULTS, 'before', 'before', 'before');
    begin({ threads: 8 });
    await until(allRecorded(leaseIds));
    coordinator.offer(1);
    await until(() => coordinator.recorded.size === 5);
    const polls = coordinator.calls.filter(({ path }) => path === LEASES).map(({ body }) => body.have as string[]);
    expect(polls.some((have) => have.length === 4)).toBe(true);
    expect(coordinator.returned).toEqual([]);
  });

  it('repeats a report byte for byte until it is acknowledged, and its results count once', async () => {
    const leaseIds = coordinator.offer(3);
    coordinator.fail(RESULTS, 'after', 'after', 'before');
    begin({ threads: 3 });
    await until(() => ofType('acknowledged').flatMap(({ tasks }) => tasks).length === 3);
    const sent = coordinator.calls.filter(({ path }) => path === RESULTS).map(({ raw }) => raw.toString());
    expect(sent.length).toBeGreaterThanOrEqual(3);
    const [first = ''] = sent;
    expect(sent.filter((raw) => raw.includes(JSON.parse(first).reportId))).toEqual([first, first, first]);
    expect(allRecorded(leaseIds)()).toBe(true);
    expect(
      ofType('acknowledged')
        .flatMap(({ tasks }) => tasks)
        .every(({ status }) => status === 'duplicate'),
    ).toBe(true);
  });

  it('keeps finished results over a restart of the coordinator', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const leaseIds = coordinator.offer(4);
    let begun = 0;
    const execute = async (...task: Parameters<typeof echo>) => {
      begun += 1;
      await gate;
      return echo(...task);
    };
    begin({ threads: 4, execute });
    // Their code is here by then: what is lost is the connection, not the means to run.
    await until(() => begun === 4);
    await coordinator.kill();
    release();
    await until(() => ofType('executed').length === 4);
    await until(() => ofType('offline').length > 0);
    await coordinator.start();
    await until(allRecorded(leaseIds));
    await until(() => ofType('online').length > 0);
    expect(coordinator.returned).toEqual([]);
  });
});

describe('when it is refused, a worker', () => {
  it('comes back after a 503, not before its Retry-After', async () => {
    const leaseIds = coordinator.offer(1);
    coordinator.fail(LEASES, { status: 503, code: 'unavailable', retryAfter: 1 });
    const askedAt = Date.now();
    begin();
    await until(allRecorded(leaseIds));
    expect(Date.now() - askedAt).toBeGreaterThanOrEqual(1_000);
    expect(ofType('refused')[0]).toMatchObject({ code: 'unavailable', status: 503 });
  });

  it('takes a refused report apart, so that one bad result does not hold up the others', async () => {
    const leaseIds = coordinator.offer(4);
    coordinator.fail(RESULTS, { status: 400, code: 'validation_failed', retryable: false });
    begin({ threads: 4 });
    await until(allRecorded(leaseIds));
    expect(coordinator.reports.length).toBeGreaterThan(1);
  });

  it('drops a single result that is refused for good, and says so', async () => {
    coordinator.offer(1);
    coordinator.fail(RESULTS, { status: 400, code: 'validation_failed', retryable: false });
    begin();
    await until(() => ofType('acknowledged').length === 1);
    expect(ofType('acknowledged')[0]?.tasks[0]).toMatchObject({ status: 'rejected', code: 'validation_failed' });
    const next = coordinator.offer(1);
    await until(allRecorded(next));
  });

  it('corrects its clock by the coordinator’s', async () => {
    const leaseIds = coordinator.offer(2);
    begin({ now: () => Date.now() - 3_600_000 });
    await until(allRecorded(leaseIds));
    expect(ofType('clock_corrected')).toHaveLength(1);
    expect(ofType('clock_corrected')[0]?.offsetMs).toBeGreaterThan(3_590_000);
    expect(new Set(coordinator.refusedSignatures)).toEqual(new Set(['created']));
  });

  it('ends when the coordinator speaks a newer protocol', async () => {
    coordinator.fail(LEASES, { status: 426, code: 'protocol_too_old' });
    begin();
    expect(await ended).toMatchObject({ reason: 'protocol_too_old' });
  });

  it('ends when its key is not accepted any more', async () => {
    begin();
    coordinator.trust(generateKeyPair().publicKey);
    expect(await ended).toMatchObject({ reason: 'unauthorized' });
  });
});

describe('heartbeats', () => {
  it('tell what is held, and what is cancelled is neither reported nor held', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    coordinator.offer(2);
    begin({ threads: 2, execute: async (execution, lease) => gate.then(() => echo(execution, lease)) });
    await until(() => ofType('leased').length === 2);
    coordinator.heartbeat = { cancel: ['lease_1'] };
    await until(() => ofType('cancelled').length === 1);
    release();
    await until(() => coordinator.recorded.has('lease_2'));
    expect(coordinator.reports.flatMap(({ results }) => results).map(({ leaseId }) => leaseId)).toEqual(['lease_2']);
    const beat = coordinator.calls.find(({ path }) => path === '/v1/worker/heartbeat');
    expect(beat?.body).toMatchObject({ slotsFree: expect.any(Number), running: expect.any(Array) });
  });
});

describe('a graceful exit', () => {
  it('finishes what runs, delivers it and gives the rest back', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    coordinator.offer(3);
    begin({ threads: 1, execute: async (execution, lease) => gate.then(() => echo(execution, lease)) });
    await until(() => ofType('leased').length === 2);
    worker.stop();
    release();
    expect(await ended).toEqual({ reason: 'asked' });
    expect([...coordinator.recorded.keys()]).toEqual(['lease_1']);
    expect(coordinator.exit).toEqual({ returned: ['lease_2'] });
  });

  it('gives back what does not finish in time', async () => {
    coordinator.offer(1);
    begin({ threads: 1, execute: () => new Promise(() => {}), pace: { graceMs: 50 } });
    await until(() => ofType('leased').length === 1);
    worker.stop();
    await ended;
    expect(coordinator.exit).toEqual({ returned: ['lease_1'] });
  });

  it('ends in time even when the coordinator is gone', async () => {
    coordinator.offer(1);
    begin({ pace: { graceMs: 100 } });
    await until(() => coordinator.recorded.size === 1);
    await coordinator.kill();
    const askedAt = Date.now();
    worker.stop();
    await ended;
    expect(Date.now() - askedAt).toBeLessThan(3_000);
  });
});
