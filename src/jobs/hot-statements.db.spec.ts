/**
 * Every statement of the hot functions is explained as it runs, in one session that began on an empty database and keeps the plans it
 * made there. A scan of a whole table among them would slow each job down by all jobs before it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { DataSource, type QueryRunner } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '#libs/signing/ids.js';
import { freshDatabase, type TestDatabase } from '../../test/support/database.js';
import { fund, grant, hold, releaseStake, settle, states } from '../../test/support/ledger.js';
import { Outbox } from '../database/outbox.js';
import { Idempotency } from '../http/idempotency.js';
import { Ledger } from '../ledger/ledger.js';
import { FinishJobs } from './finish-jobs.js';
import { insertSubmissions } from './job-rows.js';
import { Leases } from './leases.js';
import type { NewJob, Submission } from './new-job.js';
import { OpenJobs } from './open-jobs.js';
import { type NewLease, ReadyTasks } from './ready-tasks.js';
import { Results } from './results.js';

const JOBS = 40;
const ROUNDS = 8;
/** The owner may explain; the plans are those of the application, whose role has no part in them. */
const EXPLAINED = [
  'session_preload_libraries=auto_explain',
  'auto_explain.log_min_duration=0',
  'auto_explain.log_nested_statements=on',
  'auto_explain.log_level=notice',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

let database: TestDatabase;
let dataSource: DataSource;
let session: QueryRunner;
const plans: string[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  dataSource = new DataSource({ type: 'postgres', url: database.url, extra: { options: EXPLAINED }, poolSize: 2 });
  await dataSource.initialize();
  session = dataSource.createQueryRunner();
  const client = (await session.connect()) as pg.Client;
  client.on('notice', ({ message = '' }) => {
    if (message.includes('Query Text:')) plans.push(message);
  });
});
afterAll(async () => {
  await session.release();
  await dataSource.destroy();
  await database.drop();
});

const [account, worker, nodeId, versionId] = [newId(), newId(), newId(), newId()];

function newJob(): NewJob {
  const input = Buffer.from(randomUUID());
  return {
    id: newId(),
    versionId,
    input,
    inputDigest: createHash('sha256').update(input).digest(),
    contentType: 'application/json',
    assurance: 'standard',
    fuelLimit: 1_000_000n,
    memoryBytes: 1_048_576,
    maxOutputBytes: 1_048_576,
    rateHundredths: 100,
    holdMicro: 100n,
    laneUnitMicro: 10n,
    placement: {},
    createdAt: new Date(),
    deadlineAt: new Date(Date.now() + 60_000),
  };
}

const newLease = (jobId: string, openAfter: number): NewLease => ({
  jobId,
  ownerId: worker,
  nodeId,
  leaseId: newId(),
  token: randomUUID(),
  requestId: 'r',
  leaseMs: 10_000,
  priceMicro: 10n,
  logOddsMicro: 1,
  alone: openAfter === 0,
  newcomer: false,
  addressRange: null,
  openAfter,
  participantRequiredAfter: false,
});

async function inTransaction(work: () => Promise<void>): Promise<void> {
  await session.startTransaction();
  await work();
  await session.commitTransaction();
}

/** Jobs from their submission to their settlement, as the use cases write it. */
async function round(ledger: Ledger): Promise<void> {
  const tx = session.manager;
  const [ready, results, leases, open] = [new ReadyTasks(), new Results(), new Leases(), new OpenJobs()];
  const submission: Submission = {
    accountId: account,
    keyId: newId(),
    spendCapMicro: null,
    id: newId(),
    batch: { functionName: 'f', versionId },
    jobs: Array.from({ length: JOBS }, newJob),
  };
  await inTransaction(async () => {
    const claims = Array.from({ length: 10 }, () => {
      return { scope: account, route: 'POST /v1/jobs', key: randomUUID(), bodyHash: Buffer.alloc(32), resource: newId() };
    });
    await new Idempotency(dataSource).claimAll(tx, claims);
    await insertSubmissions(tx, [submission]);
    await ledger.post(tx, [hold(account, 100n * BigInt(JOBS), { reference: submission.id })]);
  });
  let taken: NewLease[] = [];
  await inTransaction(async () => {
    const tasks = await ready.claim(tx, { from: 0n, limit: JOBS, perLane: JOBS });
    expect(tasks).toHaveLength(JOBS);
    taken = tasks.map(({ jobId }, at) => newLease(jobId, at % 4 === 0 ? 1 : 0));
    expect((await ready.lease(tx, taken, { reviewMs: 1_000, highestTag: tasks.at(-1)?.tag ?? 0n })).size).toBe(JOBS);
  });
  const [givenBack, reported] = [taken.filter((_, at) => at % 5 === 0), taken.filter((_, at) => at % 5 !== 0)];
  await inTransaction(async () => {
    expect(await leases.return(tx, givenBack)).toHaveLength(givenBack.length);
    await open.lock(
      tx,
      givenBack.map(({ jobId }) => jobId),
    );
    await ready.add(
      tx,
      givenBack.map(({ jobId }) => ({ jobId, participantRequired: false })),
      1_000,
    );
  });
  await inTransaction(async () => {
    const recorded = await results.record(
      tx,
      reported.map(({ jobId, ownerId, token, leaseId }, leaf) => {
        const output = Buffer.from('1');
        const outputDigest = createHash('sha256').update(output).digest();
        const what = { ended: 1, outputDigest, output, fuel: 1n, runMs: 1, reportRowId: newId(), leaf };
        return { jobId, ownerId, token, leaseId, nodeId, ...what };
      }),
    );
    expect(recorded.every((result) => result.recorded && result.jobOpen)).toBe(true);
    const ending = await open.lock(
      tx,
      submission.jobs.map(({ id }) => id),
    );
    expect(ending).toHaveLength(JOBS);
    const none = {
      outcome: 1,
      executions: 1,
      referee: false,
      selfExecuted: false,
      credibilityPpm: null,
      fuel: 1n,
      unitMicro: 1n,
    };
    const times = { startedAt: null, runEndedAt: null, outputDigest: null, errorKind: null };
    await new FinishJobs(new Outbox()).run(
      tx,
      ending.map(({ jobId, accountId }) => ({ jobId, accountId, status: 'succeeded', chargedMicro: 90n, ...none, ...times })),
    );
    const from = { payer: account, holdId: submission.id, part: 100n };
    const outcomes = await ledger.post(tx, [
      ...ending.map(({ jobId }) => settle(from, { worker, pay: 60n, stake: 30n }, { reference: jobId })),
      releaseStake(worker, 5n),
    ]);
    expect(new Set(states(outcomes))).toEqual(new Set(['posted']));
  });
}

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

it('No hot function has a plan that scans a whole table, in a session that began on an empty database', async () => {
  const ledger = new Ledger(dataSource);
  await inTransaction(async () => {
    await ledger.openAccount(session.manager, account);
    await ledger.openAccount(session.manager, worker);
    await ledger.post(session.manager, [fund('commons', 1_000n), grant(account, 1_000_000n)]);
  });
  for (let n = 0; n < ROUNDS; n += 1) await round(ledger);

  const seen = plans.join('\n');
  const functions = ['../jobs/functions', '../database/functions'].flatMap((path) =>
    readdirSync(folder(path)).map((file) => file.replace('.sql', '')),
  );
  // Each was tried, and what stands inside it was explained: more plans than calls.
  expect(functions.filter((name) => !seen.includes(`${name}(`))).toEqual([]);
  expect(seen).toContain('ledger.post(');
  expect(plans.length).toBeGreaterThan(ROUNDS * functions.length * 2);

  const nested = plans.filter((plan) => !/Query Text: (SELECT \* FROM|SELECT) \w+(\.\w+)?\(\$1/.test(plan));
  const scans = nested.flatMap((plan) => {
    const [, table] = /Seq Scan on (\w+)/.exec(plan) ?? [];
    return table === undefined ? [] : [`${table}: ${/Query Text: ([^\n]{0,120})/.exec(plan)?.[1]}`];
  });
  expect([...new Set(scans)]).toEqual([]);
});
