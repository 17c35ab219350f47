/**
 * Hostile jobs on a running grid: `potluck worker` runs them all, reports each as what it is, and neither it nor its executor child
 * grows. `npm run fault:hostile -- --jobs 1000` runs as many as wanted.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Grid, until } from '../support/grid.js';
import { hostileFunctions } from '../support/hostile-functions.js';
import { isRunning, residentBytes } from '../support/processes.js';

const JOBS = Number(process.env.FAULT_JOBS ?? 92);
const MIB = 1_048_576;
/** What is warm in one look and not in the other: a guest's memory for each thread, garbage not collected yet. */
const NOISE_BYTES = 128 * MIB;
/** So many jobs are open at once; the rest wait here and not in the grid. */
const WAVE = 2;

describe('hostile jobs', () => {
  let grid: Grid;
  const workers: number[] = [];

  beforeAll(async () => {
    grid = await Grid.start();
    for (const [place, volunteer] of grid.demo.volunteers.entries())
      workers.push((await grid.startWorker(`w${place}`, volunteer, { threads: 1 })).pid as number);
    for (const { name, runtime, code, fuelLimit, memoryBytes } of hostileFunctions) {
      const limits = { fuelLimit: fuelLimit.toString(), memoryBytes };
      const given = typeof code === 'string' ? { source: code } : { module: Buffer.from(code).toString('base64') };
      await grid.api().deploy({ name, runtime, ...given, limits });
    }
  });
  afterAll(() => grid?.stop());

  it(
    'end as what they are, and leave the workers as they were',
    async () => {
      const ends: Record<string, Record<string, number>> = {};
      const looks: { jobs: number; bytes: number[] }[] = [];
      let jobs = 0;
      while (jobs < JOBS) {
        const submitted = await Promise.all(
          hostileFunctions.map(({ name }) =>
            grid.api().submitBatch({ function: name, inputs: Array.from({ length: WAVE }, (_, i) => i) }),
          ),
        );
        await until(
          'the wave is final',
          async () => (await grid.query<{ open: number }>('SELECT count(*)::integer AS open FROM open_jobs'))[0]?.open === 0,
          110_000,
        );
        for (const { id, function: name } of submitted) {
          for await (const result of grid.api().batchResults(id)) {
            const end = result.status === 'succeeded' ? 'ok' : (result.error?.kind ?? result.status);
            ends[name] ??= {};
            const counts = ends[name];
            counts[end] = (counts[end] ?? 0) + 1;
            jobs += 1;
          }
        }
        looks.push({ jobs, bytes: workers.map(residentBytes) });
      }
      const shown = looks.map(
        (look) => `${look.jobs} jobs: ${look.bytes.map((bytes) => `${Math.round(bytes / MIB)} MiB`).join(', ')}`,
      );
      console.log(`${JSON.stringify(ends, null, 1)}\nworkers, agent and child together\n${shown.join('\n')}`);
      expect(ends).toEqual(
        Object.fromEntries(hostileFunctions.map(({ name, outcome }) => [name, { [outcome]: jobs / hostileFunctions.length }])),
      );
      expect(workers.filter((pid) => !isRunning(pid))).toEqual([]);
      const [first, last] = [looks[0]!.bytes, looks.at(-1)!.bytes];
      for (const [place, bytes] of last.entries()) expect(bytes).toBeLessThan(first[place]! + NOISE_BYTES);
    },
    120_000 + JOBS * 1_000,
  );
});
