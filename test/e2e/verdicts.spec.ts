/** How results become answers: by participants’ agreement, by the referee, or not at all. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobTask } from '../../libs/client/api-types.js';
import { formatDigest, sha256 } from '../../libs/signing/digest.js';
import { verify } from '../../libs/signing/ed25519.js';
import { decodeId, newId } from '../../libs/signing/ids.js';
import { verifyReceipt } from '../../libs/signing/verify-receipt.js';
import { parseVerifierKey } from '../../libs/transparency/verifier-key.js';
import { Transaction } from '../../src/database/transaction.js';
import { Ledger, type Leg } from '../../src/ledger/ledger.js';
import { expectSoundBooks } from '../support/books.js';
import { openDataSource } from '../support/database.js';
import { Grid, sleep, until } from '../support/grid.js';
import { Turncoat } from '../support/turncoat.js';

async function tasksOf(grid: Grid, jobId: string): Promise<JobTask[]> {
  const tasks = [];
  for await (const task of grid.api().tasks(jobId)) tasks.push(task);
  return tasks;
}

/** As if these nodes had served for long: the tables of a grown grid. */
async function makeParticipants(grid: Grid, kAudit: number): Promise<void> {
  await grid.query(`UPDATE node_records SET stage = 'participant', k_audit = $1, quota = 8, goodwill_minutes = 5000`, [kAudit]);
}

describe('a grid with participants', () => {
  let grid: Grid;

  beforeAll(async () => {
    grid = await Grid.start();
    for (const [place, volunteer] of grid.demo.volunteers.entries()) await grid.startWorker(`w${place}`, volunteer);
    await grid.api().deploy({ name: 'square', runtime: 'js', source: 'export default (n) => n * n' });
    await until('three nodes poll', async () => (await grid.query('SELECT DISTINCT node_id FROM presence_hours')).length === 3);
    await makeParticipants(grid, 10);
    // Their polls carry the standing they had: the next ones see the new.
    for (const place of [0, 1, 2]) await grid.stopWorker(`w${place}`);
    for (const [place, volunteer] of grid.demo.volunteers.entries()) await grid.startWorker(`w${place}`, volunteer);
    await until(
      'they are online',
      async () =>
        (await grid.query(`SELECT 1 FROM presence_hours WHERE last_beat_at > now() - interval '5 seconds'`)).length === 3,
    );
    await sleep(1_500);
  });
  afterAll(() => grid.stop());

  it('accepts what two owners agree on, without the referee', async () => {
    const { jobId, output } = (await grid.api().invoke('square', 5)) as { jobId: string; output: unknown };
    expect(output).toBe(25);
    const tasks = await tasksOf(grid, jobId);
    expect(tasks.map(({ referee, outcome }) => [referee, outcome])).toEqual([
      [false, 'ok'],
      [false, 'ok'],
    ]);
    const nodes = await grid.query<{ owner_id: string }>('SELECT DISTINCT owner_id FROM results');
    expect(nodes.length).toBeGreaterThanOrEqual(2);
    // Cr = 1 − 0.2/10 = 0.98 each: odds 49² to 1.
    expect((await grid.api().job(jobId)).credibility).toBeCloseTo((49 * 49) / (49 * 49 + 1), 4);
  });

  it('asks the referee for a strict answer, and three owners for a high one', async () => {
    const strict = await tasksOf(grid, (await grid.api().invoke('square', 6, { assurance: 'strict' })).jobId);
    expect(strict.some(({ referee }) => referee)).toBe(true);
    const high = await tasksOf(grid, (await grid.api().invoke('square', 7, { assurance: 'high' })).jobId);
    expect(high.filter(({ referee }) => !referee)).toHaveLength(3);
  });

  it('lets a node with record and stake work alone, and pays what is unchecked into stake', async () => {
    await makeParticipants(grid, 5_000);
    const source = 'export default (n) => n + 1';
    await grid.api().deploy({ name: 'inc', runtime: 'js', source, limits: { fuelLimit: '1000000', maxOutputBytes: 100 } });
    // 40 prices of at most 11,101 µCR.
    for (const { accountId } of grid.demo.volunteers) await giveStake(grid, accountId, 10_000_000n);
    await until('a job runs alone', async () => {
      const before = await stakes(grid);
      const { jobId } = await grid.api().invoke('inc', 1);
      const job = await grid.api().job(jobId);
      if (job.executions !== 1 || (await tasksOf(grid, jobId)).length !== 1) return false;
      const earned = (await stakes(grid)) - before;
      const unit = BigInt(job.unit!);
      expect(earned).toBe(unit - (unit + 99n) / 100n);
      return true;
    });
    await expectSoundBooks(grid);
  });

  it('takes what a lone liar said back: corrected on the referee’s word, the submitter paid back out of its stake', async () => {
    const { account, apiKey } = await grid.api().createAccount({ name: 'late liar' });
    for (const place of [0, 1, 2]) await grid.stopWorker(`w${place}`);
    const liar = await Turncoat.start(grid, { accountId: account.id, apiKey: apiKey.secret! });
    await giveStake(grid, account.id, 10_000_000n);
    await makeParticipants(grid, 5_000);
    // Its poll carries the standing it had; the one after this job sees the new.
    expect(await grid.api().invoke('inc', 9)).toMatchObject({ output: 10 });
    liar.lies = true;
    const { available } = await grid.api().balances();
    const delivered = await until('a lie is delivered', async () => {
      const answer = await grid.api().invoke('inc', 10);
      return answer.status === 'succeeded' && answer.output === 'a lie' ? answer : false;
    });
    await liar.stop();
    // What an audit does (it comes with a later version): a dispute about a delivered job.
    const [row] = await grid.query<{ id: string }>('SELECT job_id AS id FROM job_outcomes ORDER BY job_id DESC LIMIT 1');
    await grid.query(
      `INSERT INTO referee_runs (id, purpose, subject, runtime_id, abi, code, code_digest, input, content_type, context, fuel_limit, memory_bytes, max_output_bytes)
       SELECT gen_random_uuid(), 'dispute', j.id, v.runtime_id, v.abi, c.bytes, v.code_digest, p.bytes, 'application/json',
         jsonb_build_object('jobId', 'x', 'now', '2026-01-01T00:00:00.000Z', 'seed', '00', 'functionName', 'inc', 'version', 'x', 'fuelLimit', '1000000'),
         j.fuel_limit, j.memory_bytes, j.max_output_bytes
       FROM jobs j JOIN versions v ON v.id = j.version_id JOIN version_code c ON c.digest = v.code_digest JOIN job_payloads p ON p.job_id = j.id AND p.digest = j.input_digest
       WHERE j.id = $1`,
      [row!.id],
    );
    const job = await until('it is corrected', async () => {
      const seen = await grid.api().job(delivered.jobId);
      return seen.invalidatedAt ? seen : false;
    });
    expect(job).toMatchObject({ status: 'succeeded', output: 'a lie', correctedOutput: 11 });
    const kinds = await grid.query<{ kind: number }>('SELECT kind FROM ledger.transfers WHERE reference = $1 ORDER BY id', [
      row!.id,
    ]);
    // hold, settle, slash: the seized stake has paid the submitter in full, so nothing is left for insurance to compensate.
    expect(kinds.map(({ kind }) => kind)).toEqual([4, 5, 8]);
    await expectTwoReceipts(grid, delivered.jobId);
    expect((await grid.api(apiKey.secret!).balances()).stake).toBe('0');
    expect((await grid.api().balances()).available).toBe(available);
    await expectSoundBooks(grid);
  });
});

describe('a grid whose referee is away', () => {
  let grid: Grid;

  beforeAll(async () => {
    grid = await Grid.start({ env: { POTLUCK_REFEREE: 'off' }, policy: { verdict: { refereeAwayMs: 1_500 } } });
    await grid.startWorker('only', grid.demo.volunteers[0]!);
    await grid.api().deploy({ name: 'square', runtime: 'js', source: 'export default (n) => n * n' });
  });
  afterAll(() => grid.stop());

  it('ends a newcomer’s lone job inconclusive: nothing charged, the node gets the base unit from commons', async () => {
    const before = await grid.api().balances();
    const answer = await grid.api().invoke('square', 5);
    expect(answer).toMatchObject({ status: 'failed', error: { kind: 'inconclusive' }, charged: '0' });
    expect(await grid.api().balances()).toEqual(before);
    const volunteer = await grid.api(grid.demo.volunteers[0]!.apiKey).balances();
    expect(BigInt(volunteer.available) + BigInt(volunteer.stake)).toBe(10_000n);
    await expectSoundBooks(grid);
  });
});

/** The first proves what was delivered and who signed it, the second what it should have been. */
async function expectTwoReceipts(grid: Grid, jobId: string): Promise<void> {
  const { keys } = (await (await fetch(`${grid.url}/v1/log/keys`)).json()) as { keys: { vkey: string }[] };
  const trusted = keys.flatMap(({ vkey }) => {
    const reading = parseVerifierKey(vkey);
    return reading.state === 'valid' ? [reading.key] : [];
  });
  const digests = [];
  for (const revision of [1, 2]) {
    const receipt = await grid.api().waitForReceipt(jobId, { revision });
    expect(verifyReceipt(receipt, { keys: trusted, verify })).toMatchObject({ state: 'valid' });
    digests.push(receipt.outputDigest);
  }
  expect(digests).toEqual([formatDigest(sha256('"a lie"')), formatDigest(sha256('11'))]);
}

async function stakes(grid: Grid): Promise<bigint> {
  const [row] = await grid.query<{ sum: string }>('SELECT sum(balance)::text AS sum FROM ledger.balances WHERE code = 6');
  return BigInt(row!.sum);
}

/** By an adjustment, as an operator could post one. */
async function giveStake(grid: Grid, accountId: string, amountMicro: bigint): Promise<void> {
  const dataSource = await openDataSource(grid.database.url);
  try {
    const owner = decodeId('acct', accountId) as string;
    const legs: Leg[] = [
      { balance: { code: 'issuance' }, amountMicro: -amountMicro },
      { balance: { code: 'stake', owner }, amountMicro },
    ];
    const adjustment = { kind: 'adjustment' as const, reference: newId(), ordinal: 0n, memo: 'a test', legs };
    const posted = await new Transaction(dataSource).run((tx) => new Ledger(dataSource).post(tx, [adjustment]));
    expect(posted).toMatchObject([{ state: 'posted' }]);
  } finally {
    await dataSource.destroy();
  }
}
