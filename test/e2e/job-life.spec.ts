/** Jobs from submission to their end: waiting, cancelling, deadlines, batches, pages, holds. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Job } from '../../libs/client/api-types.js';
import { PotluckError } from '../../libs/client/potluck-error.js';
import { expectSoundBooks } from '../support/books.js';
import { Grid, until } from '../support/grid.js';

describe('a job', () => {
  let grid: Grid;

  beforeAll(async () => {
    grid = await Grid.start();
    await grid.api().deploy({ name: 'square', runtime: 'js', source: 'export default (n) => n * n' });
  });
  afterAll(() => grid.stop());

  const balances = () => grid.api().balances();

  it('holds its quote while it waits and gives all of it back when it is cancelled', async () => {
    const before = await balances();
    const job = await grid.api().submitJob({ function: 'square', input: 2 });
    // ceil((10 M + 1 G + 1,000 × (1 + 1 MiB)) / 1,000) × 1.3
    expect(job).toMatchObject({ status: 'queued', hold: String((2_058_577n * 130n + 99n) / 100n) });
    expect(await balances()).toMatchObject({ held: job.hold, available: String(BigInt(before.available) - BigInt(job.hold)) });
    await grid.api().cancelJob(job.id);
    expect(await grid.api().job(job.id)).toMatchObject({ status: 'cancelled', charged: '0' });
    expect(await balances()).toEqual(before);
    await expectSoundBooks(grid);
  });

  it('says its place in the queue', async () => {
    const one = await grid.api().submitJob({ function: 'square', input: 1 });
    const two = await grid.api().submitJob({ function: 'square', input: 2 });
    expect((await grid.api().job(two.id)).queue!.position).toBeGreaterThan((await grid.api().job(one.id)).queue!.position);
    for (const { id } of [one, two]) await grid.api().cancelJob(id);
  });

  it('that nobody takes by its deadline times out for want of capacity, uncharged', async () => {
    const job = await grid.api().submitJob({ function: 'square', input: 3, deadlineMs: 1_000 });
    const ended = await grid.api().job(job.id, { waitSeconds: 10 });
    expect(ended).toMatchObject({ status: 'timed_out', charged: '0', error: { kind: 'no_capacity' } });
  });

  it('that is not done in time answers 202 with its address, and the same key later the output', async () => {
    const call = (prefer: string) =>
      fetch(`${grid.url}/v1/functions/square/invoke`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${grid.demo.developer.apiKey}`,
          'idempotency-key': 'slow',
          'content-type': 'application/json',
          prefer,
        },
        body: '9',
      });
    const first = await call('wait=0');
    expect(first.status).toBe(202);
    const { id } = (await first.json()) as Job;
    expect(first.headers.get('location')).toBe(`/v1/jobs/${id}`);
    expect(first.headers.get('retry-after')).toBeTruthy();
    await grid.startWorker('worker', grid.demo.volunteers[0]!);
    const second = await call('wait=20');
    expect(second.status).toBe(200);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(second.headers.get('job-id')).toBe(id);
    expect(await second.text()).toBe('81');
  });

  it('that is final cannot be cancelled, and reads 304 for who knows it', async () => {
    const { jobId } = await grid.api().invoke('square', 4);
    await expect(grid.api().cancelJob(jobId)).rejects.toMatchObject({ status: 409, code: 'conflict' });
    const read = (headers: Record<string, string> = {}) =>
      fetch(`${grid.url}/v1/jobs/${jobId}`, { headers: { authorization: `Bearer ${grid.demo.developer.apiKey}`, ...headers } });
    const etag = (await read()).headers.get('etag') as string;
    expect((await read({ 'if-none-match': etag })).status).toBe(304);
  });

  it('takes bytes as bytes', async () => {
    await grid
      .api()
      .deploy({ name: 'sum-bytes', runtime: 'js', source: 'export default (bytes) => bytes.reduce((sum, b) => sum + b, 0)' });
    expect(await grid.api().invoke('sum-bytes', new Uint8Array([1, 2, 250]))).toMatchObject({ output: 253 });
  });

  it('knows no time but its submission’s, and draws the same numbers on every node', async () => {
    await grid.api().deploy({
      name: 'chance',
      runtime: 'js',
      source: 'export default (_, context) => [Date.now(), new Date().toISOString() === context.now, Math.random()]',
    });
    const answer = await grid.api().invoke<[number, boolean, number]>('chance', null);
    const job = await grid.api().job(answer.jobId);
    expect(job.output).toEqual([Date.parse(job.createdAt), true, expect.any(Number)]);
  });

  it('batches share one hold, all or none, and their results come in order', async () => {
    const batch = await grid.api().submitBatch({ function: 'square', inputs: [1, 2, 3, 4, 5] });
    await until('the batch is done', async () => (await grid.api().batch(batch.id)).completed === true);
    const results = [];
    for await (const line of grid.api().batchResults(batch.id)) results.push([line.index, line.output]);
    expect(results).toEqual([
      [0, 1],
      [1, 4],
      [2, 9],
      [3, 16],
      [4, 25],
    ]);
    const [row] = await grid.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM ledger.transfers t JOIN jobs j ON j.batch_id = t.reference WHERE t.kind = 4`,
    );
    expect(row?.count).toBe(5);
    const lines = await fetch(`${grid.url}/v1/batches?function=square`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${grid.demo.developer.apiKey}`,
        'idempotency-key': 'lines',
        'content-type': 'application/x-ndjson',
      },
      body: '6\n7\n',
    });
    expect(lines.status).toBe(202);
    expect(await lines.json()).toMatchObject({ jobs: 2, function: 'square' });
  });

  it('lists come in pages, newest first, without payloads, and filter by status', async () => {
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page = (await fetch(`${grid.url}/v1/jobs?limit=3${query}`, {
        headers: { authorization: `Bearer ${grid.demo.developer.apiKey}` },
      }).then((response) => response.json())) as { data: Job[]; nextCursor: string | null };
      ids.push(...page.data.map(({ id }) => id));
      expect(page.data.every((job) => job.input === undefined && job.output === undefined)).toBe(true);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(ids).toEqual([...new Set(ids)].sort().reverse());
    const timedOut = [];
    for await (const job of grid.api().jobs({ status: 'timed_out' })) timedOut.push(job.status);
    expect(timedOut).toEqual(['timed_out']);
  });

  it('beyond the balance is refused, with what is missing, as often as it is tried at once', async () => {
    const { account, apiKey } = await grid.api().createAccount({ name: 'poor' });
    const poor = grid.api(apiKey.secret!);
    await poor.deploy({ name: 'one', runtime: 'js', source: 'export default () => 1' });
    // Enough for three jobs of 2,676,151 µCR.
    await fetch(`${grid.url}/v1/grants`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${grid.demo.operator.apiKey}`,
        'idempotency-key': 'g',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ to: account.id, amount: '9000000', reason: 'a test' }),
    });
    await grid.stopWorker('worker');
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => poor.submitJob({ function: 'one', input: null })));
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as PotluckError] : []));
    expect(outcomes.length - refused.length).toBe(3);
    expect(refused.every((error) => error.code === 'insufficient_credits')).toBe(true);
    await expectSoundBooks(grid);
  });
});
