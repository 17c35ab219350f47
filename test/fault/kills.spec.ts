/** Workers, coordinators and PostgreSQL die at random moments: every acknowledged job becomes final, settled once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSoundBooks } from '../support/books.js';
import { Grid, sleep, until } from '../support/grid.js';

const JOBS = 200;
/** On a machine where a worker takes longer to start than to be killed, nothing would ever be finished. */
const KILLS = 30;

describe('200 jobs while things die', () => {
  let grid: Grid;
  const jobIds: string[] = [];

  beforeAll(async () => {
    grid = await Grid.start();
    for (const [place, volunteer] of grid.demo.volunteers.entries()) await grid.startWorker(`w${place}`, volunteer);
    // Long enough that a kill meets work in every state.
    const source =
      'export default (n) => { let sum = 0; for (let i = 0; i < 200_000; i += 1) sum = (sum + i * n) % 1_000_003; return sum; }';
    await grid.api().deploy({ name: 'sum', runtime: 'js', source });
  });
  afterAll(() => grid.stop());

  it('loses no acknowledged job while a worker is killed every second and the coordinator twice', async () => {
    let over = false;
    const killer = (async () => {
      for (let second = 0; !over && second < KILLS; second += 1) {
        await sleep(1_000);
        const victim = second % 3;
        await grid.killWorker(`w${victim}`);
        if (second === 2 || second === 6) {
          await grid.killCoordinators();
          await grid.startCoordinator();
        }
        await grid.startWorker(`w${victim}`, grid.demo.volunteers[victim]!);
      }
    })();
    for (let n = 0; n < JOBS; n += 1) {
      const { id } = await grid.api().submitJob({ function: 'sum', input: n }, { idempotencyKey: `kill-${n}` });
      jobIds.push(id);
      await sleep(20);
    }
    expect(new Set(jobIds).size).toBe(JOBS);
    await until(
      'all jobs are final',
      async () => {
        const [row] = await grid.query<{ open: number }>('SELECT count(*)::integer AS open FROM open_jobs');
        return row?.open === 0;
      },
      100_000,
    );
    over = true;
    await killer;
    const rows = await grid.query<{ status: number; count: number }>(
      'SELECT status, count(*)::integer AS count FROM job_outcomes WHERE revision = 1 GROUP BY status',
    );
    expect(rows).toEqual([{ status: 1, count: JOBS }]);
    const settled = await grid.query<{ count: number }>('SELECT count(*)::integer AS count FROM ledger.transfers WHERE kind = 5');
    expect(settled[0]?.count).toBe(JOBS);
    const [job] = await Promise.all(jobIds.slice(-1).map((id) => grid.api().job(id)));
    let expected = 0;
    for (let i = 0; i < 200_000; i += 1) expected = (expected + i * (JOBS - 1)) % 1_000_003;
    expect(job?.output).toBe(expected);
    expect((await grid.api(grid.demo.auditor.apiKey).trialBalance()).total).toBe('0');
    await expectSoundBooks(grid);
  });

  it('answers the same job to a repeated submission', async () => {
    const { id } = await grid.api().submitJob({ function: 'sum', input: 0 }, { idempotencyKey: 'kill-0' });
    expect(id).toBe(jobIds[0]);
  });
});
