/** Cancel against report against deadline, over two coordinators at once: a job ends once, and its hold with it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../demo/embedded-postgres.js';
import { PotluckClient } from '../../libs/client/potluck-client.js';
import { PotluckError } from '../../libs/client/potluck-error.js';
import { expectSoundBooks } from '../support/books.js';
import { Grid, sleep, until } from '../support/grid.js';

const JOBS = 150;
const DEADLINE_MS = 1_500;
/** Jobs before the race: until both nodes serve, and their engines' code is compiled. */
const WARM_UP = 20;

let grid: Grid;
let other: PotluckClient;

beforeAll(async () => {
  grid = await Grid.start();
  const port = await freePort();
  await grid.startCoordinator(port);
  other = new PotluckClient({ baseUrl: `http://localhost:${port}`, apiKey: grid.demo.developer.apiKey, maxRetries: 8 });
  await grid.startWorker('w0', grid.demo.volunteers[0]!);
  await grid.startWorker('w1', grid.demo.volunteers[1]!);
  // Long enough that most wait in the queue when the first cancels and the deadline come.
  const source =
    'export default (n) => { let sum = 0; for (let i = 0; i < 200_000; i += 1) sum = (sum + i * n) % 1_000_003; return sum; }';
  await grid.api().deploy({ name: 'sum', runtime: 'js', source });
  for (let n = 0; n < WARM_UP; n += 1) await grid.api().invoke('sum', n);
});
afterAll(() => grid.stop());

/** Answers the code of the refusal, or that the job is cancelled. */
async function cancel(client: PotluckClient, jobId: string): Promise<string> {
  try {
    await client.cancelJob(jobId);
    return 'cancelled';
  } catch (error) {
    if (!(error instanceof PotluckError)) throw error;
    return error.code;
  }
}

it('Every job has one end, whoever wanted another at the same moment, and its hold is spent by that end', async () => {
  const before = await grid.api().balances();
  const racing = Array.from({ length: JOBS }, async (_, n) => {
    const client = n % 2 ? other : grid.api();
    const { id } = await client.submitJob({ function: 'sum', input: n, deadlineMs: DEADLINE_MS });
    if (n % 3 === 0) return { id, said: [] as string[] };
    // Strewn over the time in which workers report, and around the deadline.
    await sleep((n * 37) % (n % 3 === 1 ? DEADLINE_MS / 2 : DEADLINE_MS + 300));
    return { id, said: await Promise.all([cancel(grid.api(), id), cancel(other, id), cancel(other, id)]) };
  });
  const jobs = await Promise.all(racing);
  await until(
    'every job is final',
    async () => (await grid.query<{ open: number }>('SELECT count(*)::integer AS open FROM open_jobs'))[0]?.open === 0,
    90_000,
  );
  let charged = 0n;
  const ends: Record<string, number> = {};
  for (const { id, said } of jobs) {
    const job = await grid.api().job(id);
    ends[job.status] = (ends[job.status] ?? 0) + 1;
    charged += BigInt(job.charged ?? '0');
    expect(said.includes('cancelled')).toBe(job.status === 'cancelled');
    if (said.length > 0) expect(['cancelled', 'job_running', 'conflict']).toEqual(expect.arrayContaining(said));
    if (job.status !== 'succeeded') expect(job.charged).toBe('0');
  }
  // All three met.
  expect(Object.keys(ends).sort()).toEqual(['cancelled', 'succeeded', 'timed_out']);
  const after = await grid.api().balances();
  expect(after.held).toBe(before.held);
  expect(BigInt(before.available) - BigInt(after.available)).toBe(charged);

  const counts = await grid.query<{ outcomes: number; settles: number; releases: number; holds: number }>(
    `SELECT (SELECT count(*)::integer FROM job_outcomes WHERE revision = 1) AS outcomes,
       (SELECT count(*)::integer FROM ledger.transfers WHERE kind = 5) AS settles,
       (SELECT count(*)::integer FROM ledger.transfers WHERE kind = 6) AS releases,
       (SELECT count(*)::integer FROM ledger.holds) AS holds`,
  );
  expect(counts).toEqual([
    {
      outcomes: JOBS + WARM_UP,
      settles: (ends.succeeded as number) + WARM_UP,
      releases: (ends.cancelled as number) + (ends.timed_out as number),
      holds: 0,
    },
  ]);
  await expectSoundBooks(grid);
});
