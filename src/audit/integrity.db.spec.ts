/**
 * Books are bent as their owner could bend them, with triggers asleep: the sweep names the law that is broken, and so does a full
 * check. What was found stays reported until a full check holds.
 */
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoPolicy } from '#libs/policy/policy.js';
import { newId } from '#libs/signing/ids.js';
import {
  donate,
  earnStake,
  fund,
  hold,
  openBooks,
  states as outcomesOf,
  release,
  settle,
  type TestBooks,
} from '../../test/support/ledger.js';
import { openLog, type TestLog } from '../../test/support/log.js';
import type { RecurringWork } from '../queue/recurring-work.js';
import { Settings } from '../settings/settings.js';
import { CheckBooks } from './check-books.js';
import { LawStates } from './law-states.js';
import { lawIds } from './laws.js';
import { SweepBooks } from './sweep-books.js';
import { SweepLog } from './sweep-log.js';
import { SweepProgress } from './sweep-progress.js';

let books: TestBooks;
let log: TestLog;
let sweep: SweepBooks;
let check: CheckBooks;
let payer: string;
let worker: string;
let settled: string;
let released: string;
let open: string;

const settings = new Settings({ policy: demoPolicy } as Settings);

beforeAll(async () => {
  // A finding is logged as an error; here each is expected, and looked at in the report.
  Logger.overrideLogger(false);
  books = await openBooks();
  const progress = new SweepProgress(books.dataSource);
  const states = new LawStates(books.dataSource);
  log = openLog(books);
  await log.keys.register();
  const sweepLog = new SweepLog(log.checkLog, log.readLog);
  sweep = new SweepBooks(books.dataSource, settings, progress, states, sweepLog, undefined as unknown as RecurringWork);
  check = new CheckBooks(books.dataSource, settings, states, progress, sweep, sweepLog);
  await books.post(fund('commons', 10_000n));
  [payer, worker] = [await books.account(10_000n), await books.account()];
  [settled, released, open] = [newId(), newId(), newId()];
  for (const id of [settled, released, open]) {
    await job(id, 100n);
    await books.post(hold(payer, 100n, { reference: id }));
  }
  await books.post(
    settle({ payer, holdId: settled, part: 100n }, { worker, pay: 60n, stake: 10n, commons: 5n }, { reference: settled }),
    release({ payer, holdId: released, part: 100n }, { reference: released }),
    donate(payer, 7n),
    earnStake(worker, 20n, { reference: settled }),
  );
  await end(settled, 75n);
  await end(released, 0n);
  await log.sequence();
  await log.signCheckpoint.run();
  await books.asOwner('CREATE SCHEMA saved');
  for (const [at, table] of TABLES.entries()) await books.asOwner(`CREATE TABLE saved.t${at} AS SELECT * FROM ${table}`);
});
beforeEach(async () => {
  await books.asOwner('SET session_replication_role = replica');
  await books.asOwner(`TRUNCATE ${TABLES.join(', ')}`);
  for (const [at, table] of TABLES.entries()) await books.asOwner(`INSERT INTO ${table} SELECT * FROM saved.t${at}`);
  await books.asOwner('SET session_replication_role = DEFAULT');
});
afterAll(() => books.close());

/** As the first lines left them, before each test. */
const TABLES = [
  ...[
    'transfers',
    'entries',
    'transfer_meta',
    'balances',
    'holds',
    'buckets',
    'leaves',
    'subtree_roots',
    'log_state',
    'checkpoints',
  ].map((table) => `ledger.${table}`),
  ...['jobs', 'job_outcomes', 'open_jobs', 'law_states', 'sweep_progress'],
];

/** A job with its open row, as submission leaves it. */
async function job(id: string, holdMicro: bigint, batch?: { id: string; holdId: string }): Promise<void> {
  await books.asOwner(
    `INSERT INTO jobs (id, account_id, version_id, batch_id, hold_micro, fuel_limit, created_at, deadline_at, input_bytes, memory_bytes,
       max_output_bytes, rate_hundredths, content_type, own_nodes_only, input_digest, assurance)
     VALUES ($1, $2, $1, $4, $3, 1, now(), now(), 1, 1, 1, 130, 1, false, '', 'standard')`,
    [id, payer, holdMicro, batch?.id ?? null],
  );
  await books.asOwner(
    'INSERT INTO open_jobs (job_id, account_id, hold_id, hold_part, tag, deadline_at) VALUES ($1, $2, $3, $4, 0, now())',
    [id, payer, holdMicro > 0n ? (batch?.holdId ?? id) : null, holdMicro],
  );
}

async function end(id: string, chargedMicro: bigint, revision = 1): Promise<void> {
  await books.asOwner('DELETE FROM open_jobs WHERE job_id = $1', [id]);
  await books.asOwner(
    `INSERT INTO job_outcomes (job_id, revision, status, executions, referee, self_executed, charged_micro, finished_at)
     VALUES ($1, $2, 1, 1, false, false, $3, clock_timestamp())`,
    [id, revision, chargedMicro],
  );
}

/** Committed, past every trigger. */
async function bend(...statements: string[]): Promise<void> {
  await books.asOwner('SET session_replication_role = replica');
  for (const sql of statements)
    await books.asOwner(
      sql
        .replaceAll(':payer', `'${payer}'`)
        .replaceAll(':worker', `'${worker}'`)
        .replaceAll(':settled', `'${settled}'`)
        .replaceAll(':open', `'${open}'`),
    );
  await books.asOwner('SET session_replication_role = DEFAULT');
}

const brokenIn = (report: { invariants: { id: string; ok: boolean }[] }): string[] =>
  report.invariants.filter(({ ok }) => !ok).map(({ id }) => id);

const AVAILABLE = `balance_id = (SELECT id FROM ledger.balances WHERE owner_id = :payer AND code = 4)`;
const LAST = `(SELECT max(transfer_id) FROM ledger.entries WHERE ${AVAILABLE})`;

describe('sound books', () => {
  it('break no law, and the report names all fifteen with range and time', async () => {
    await sweep.run();
    const report = await check.report();
    expect(report.invariants.map(({ id }) => id)).toEqual(lawIds);
    expect(brokenIn(report)).toEqual([]);
    expect(brokenIn(await check.full())).toEqual([]);
    for (const { id, range, checkedAt, fullCheckedAt } of (await check.report()).invariants) {
      expect({ id, range, checkedAt: typeof checkedAt, full: typeof fullCheckedAt }).toMatchObject({
        checkedAt: 'string',
        full: 'string',
      });
      expect(range.length).toBeGreaterThan(5);
    }
    expect(report.behind).toBe('0');
  });

  it('of a batch, of free jobs, of a host limit and of a corrected job break none either', async () => {
    const batch = newId();
    const [one, two, free, corrected] = [newId(), newId(), newId(), newId()];
    await job(one, 30n, { id: batch, holdId: batch });
    await job(two, 40n, { id: batch, holdId: batch });
    await job(free, 0n);
    await job(corrected, 50n);
    await books.post(hold(payer, 70n, { reference: batch }), hold(payer, 50n, { reference: corrected }));
    await books.post(
      settle({ payer, holdId: batch, part: 30n }, { worker, pay: 0n, commons: 30n }, { reference: one }),
      settle({ payer, holdId: corrected, part: 50n }, { worker, pay: 40n, commons: 0n }, { reference: corrected }),
    );
    await end(one, 30n);
    await end(free, 0n);
    await end(corrected, 40n);
    await end(corrected, 40n, 2);
    await sweep.run();
    expect(brokenIn(await check.report())).toEqual([]);
    expect(brokenIn(await check.full())).toEqual([]);
  });
});

const tampered: [what: string, law: string, statements: string[]][] = [
  ['a flipped amount', 'I1', [`UPDATE ledger.entries SET amount = amount + 1 WHERE seq = 2 AND ${AVAILABLE}`]],
  ['a balance that drifted', 'I2', ['UPDATE ledger.balances SET balance = balance + 1 WHERE owner_id = :payer AND code = 4']],
  [
    'two balances that drifted against each other',
    'I3',
    [
      'UPDATE ledger.balances SET balance = balance + CASE code WHEN 4 THEN 1 ELSE -1 END WHERE owner_id = :payer AND code IN (4, 5)',
    ],
  ],
  ['a deleted entry', 'I4', [`DELETE FROM ledger.entries WHERE seq = 2 AND ${AVAILABLE}`]],
  ['a deleted last entry', 'I4', [`DELETE FROM ledger.entries WHERE transfer_id = ${LAST} AND ${AVAILABLE}`]],
  [
    'a transfer deleted with its entries',
    'I4',
    [
      `CREATE TEMPORARY TABLE IF NOT EXISTS gone AS SELECT ${LAST} AS id`,
      'DELETE FROM ledger.entries WHERE transfer_id = (SELECT id FROM gone)',
      'DELETE FROM ledger.transfers WHERE id = (SELECT id FROM gone)',
    ],
  ],
  [
    'a flipped balance after',
    'I5',
    [`UPDATE ledger.entries SET balance_after = balance_after + 1 WHERE seq = 2 AND ${AVAILABLE}`],
  ],
  [
    'a balance after at the edge of 64 bits',
    'I5',
    [`UPDATE ledger.entries SET balance_after = 9223372036854775807 WHERE seq = 2 AND ${AVAILABLE}`],
  ],
  [
    'swapped seqs',
    'I6',
    [
      `UPDATE ledger.entries SET seq = -1 WHERE seq = 2 AND ${AVAILABLE}`,
      `UPDATE ledger.entries SET seq = 2 WHERE seq = 3 AND ${AVAILABLE}`,
      `UPDATE ledger.entries SET seq = 3 WHERE seq = -1 AND ${AVAILABLE}`,
    ],
  ],
  ['a time turned back', 'I6', [`UPDATE ledger.transfers SET created_at = created_at - interval '1 day' WHERE id = ${LAST}`]],
  [
    'debt beyond every line',
    'I7',
    [`UPDATE ledger.entries SET balance_after = -200000001 WHERE amount < 0 AND seq = 2 AND ${AVAILABLE}`],
  ],
  ['commons below zero', 'I7', ['UPDATE ledger.entries SET balance_after = -1 WHERE balance_id = 2 AND seq = 2']],
  ['a hold that drifted', 'I8', ['UPDATE ledger.holds SET remaining = remaining - 1 WHERE payer = :payer']],
  ['a deleted hold', 'I8', ['DELETE FROM ledger.holds WHERE payer = :payer']],
  ['a bucket that drifted', 'I9', ['UPDATE ledger.buckets SET amount = amount + 1 WHERE owner_id = :worker']],
  ['a deleted bucket', 'I9', ['DELETE FROM ledger.buckets WHERE owner_id = :worker']],
  [
    'a job that is final without settle or release',
    'I10',
    [
      `DELETE FROM open_jobs WHERE job_id = :open`,
      `INSERT INTO job_outcomes (job_id, revision, status, executions, referee, self_executed, charged_micro, finished_at) VALUES (:open, 1, 1, 1, false, false, 0, clock_timestamp())`,
    ],
  ],
  [
    'a final job that is open again',
    'I10',
    [`INSERT INTO open_jobs (job_id, account_id, hold_part, tag, deadline_at) VALUES (:settled, :payer, 0, 0, now())`],
  ],
  ['a hold without its open job', 'I10', ['DELETE FROM open_jobs WHERE job_id = :open']],
  ['a settle without a job', 'I11', ['DELETE FROM job_outcomes WHERE job_id = :settled']],
  ['a charge without a settle', 'I11', ['UPDATE ledger.transfers SET kind = 6 WHERE reference = :settled AND kind = 5']],
  ['issuance that drifted', 'I12', ['UPDATE ledger.balances SET balance = balance - 1 WHERE id = 1']],
  [
    'a leaf that is not its transfer’s',
    'I13',
    ['UPDATE ledger.leaves SET hashes = set_byte(hashes, 3, 255 - get_byte(hashes, 3))'],
  ],
  ['a reference that was changed', 'I13', ['UPDATE ledger.transfers SET ordinal = 5 WHERE kind = 3']],
  ['a deleted transfer', 'I14', [`DELETE FROM ledger.transfers WHERE id = ${LAST}`]],
  ['a transfer without entries', 'I14', [`DELETE FROM ledger.entries WHERE transfer_id = ${LAST}`]],
  [
    'an entry on no balance',
    'I14',
    [`UPDATE ledger.entries SET balance_id = 999999 WHERE transfer_id = ${LAST} AND ${AVAILABLE}`],
  ],
  ['an id that was never given', 'I14', [`UPDATE ledger.transfers SET id = 77777777 WHERE id = ${LAST}`]],
  ['an id below all others', 'I14', [`UPDATE ledger.transfers SET id = -5 WHERE id = ${LAST}`]],
  ['a part that is not the job’s', 'I15', ['UPDATE jobs SET hold_micro = 101 WHERE id = :settled']],
  ['a charge that is not what was kept', 'I15', ['UPDATE job_outcomes SET charged_micro = 74 WHERE job_id = :settled']],
];

describe.each(['as it comes', 'as old history'])('tampering %s', (when) => {
  it.each(tampered)('%s breaks %s, to the sweep and to a full check', async (_, law, statements) => {
    if (when === 'as old history') {
      await sweep.run();
      expect(brokenIn(await check.report())).toEqual([]);
    }
    await bend(...statements);
    expect(await sweep.run()).toBe(true);
    const swept = await check.report();
    expect(brokenIn(swept)).toContain(law);
    expect(swept.invariants.find(({ id }) => id === law)).toMatchObject({
      detail: expect.stringMatching(/\w/),
      brokenSince: expect.any(String),
    });
    expect(brokenIn(await check.full())).toContain(law);
  });
});

it('A job settled twice is named, although each settle balances', async () => {
  const twice = newId();
  await books.post(hold(payer, 200n, { reference: twice }));
  const outcomes = await books.post(
    settle({ payer, holdId: twice, part: 100n }, { worker, pay: 60n }, { reference: settled, ordinal: 1n }),
  );
  expect(outcomesOf(outcomes)).toEqual(['posted']);
  await sweep.run();
  expect(brokenIn(await check.report())).toContain('I10');
  expect(brokenIn(await check.full())).toContain('I10');
});

it('What was broken stays reported until a full check holds', async () => {
  await bend('UPDATE ledger.buckets SET amount = amount + 1 WHERE owner_id = :worker');
  await sweep.run();
  await bend('UPDATE ledger.buckets SET amount = amount - 1 WHERE owner_id = :worker');
  await sweep.run();
  expect(brokenIn(await check.report())).toEqual(['I9']);
  expect(brokenIn(await check.full())).toEqual([]);
  await sweep.run();
  expect(brokenIn(await check.report())).toEqual([]);
});

it('Sweeps one at a time, and goes on where it was', async () => {
  const runs = await Promise.all([sweep.run(), sweep.run(), sweep.run()]);
  expect(runs.filter(Boolean).length).toBe(1);
  const [first] = await books.asOwner('SELECT transfers_to, finished_to::text FROM sweep_progress');
  await books.post(donate(payer, 1n));
  await sweep.run();
  const [second] = await books.asOwner('SELECT transfers_to, finished_to::text FROM sweep_progress');
  expect(BigInt(second?.transfers_to as string)).toBe(BigInt(first?.transfers_to as string) + 1n);
});

it('Never steps over an id that is still under way', async () => {
  const slow = books.dataSource.createQueryRunner();
  await slow.startTransaction();
  await books.ledger.post(slow.manager, [donate(payer, 3n)]);
  // Other balances: it commits a higher id while the lower one waits.
  await books.post(fund('insurance', 5n));
  const [before] = await books.asOwner('SELECT max(id) AS id FROM ledger.transfers');
  await sweep.run();
  const [progress] = await books.asOwner('SELECT transfers_to FROM sweep_progress');
  expect(BigInt(progress?.transfers_to as string)).toBeLessThan(BigInt(before?.id as string) - 1n);
  await slow.commitTransaction();
  await slow.release();
  await sweep.run();
  const [after] = await books.asOwner('SELECT transfers_to FROM sweep_progress');
  expect(after?.transfers_to).toBe(before?.id);
});

it('Counts the holds that are overdue; none where no alarm is set', async () => {
  await sweep.run();
  expect((await check.report()).overdueHolds).toBe(0);
  await books.asOwner(`UPDATE ledger.holds SET alarm_at = now() - interval '1 second'`);
  await sweep.run();
  expect((await check.report()).overdueHolds).toBe(1);
});

it('Is read by the application’s role, on books that nobody swept yet', async () => {
  const report = await check.report();
  expect(brokenIn(report)).toEqual([]);
  expect(report.behind).toBe('0');
});
