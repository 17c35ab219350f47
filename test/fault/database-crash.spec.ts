/** PostgreSQL dies as by a loss of power, in the middle of work: what was acknowledged is there when it is back, and only once. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedPostgres } from '../../demo/embedded-postgres.js';
import { expectSoundBooks } from '../support/books.js';
import { Grid, until } from '../support/grid.js';

const JOBS = 60;

describe('a crash of PostgreSQL', () => {
  let directory: string;
  let postgres: EmbeddedPostgres;
  let grid: Grid;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'potluck-crash-'));
    chmodSync(directory, 0o711);
    // Its own server, with fsync: a crash must lose nothing.
    postgres = await EmbeddedPostgres.start({ directory: join(directory, 'postgres') });
    grid = await Grid.start({ database: { url: postgres.url(), drop: async () => undefined } });
    await grid.startWorker('w0', grid.demo.volunteers[0]!);
    await grid.startWorker('w1', grid.demo.volunteers[1]!);
    await grid.api().deploy({ name: 'inc', runtime: 'js', source: 'export default (n) => n + 1' });
  });
  afterAll(async () => {
    await grid.stop();
    await postgres.stop('immediate');
    rmSync(directory, { recursive: true, force: true });
  });

  it('loses no acknowledged job and settles each once', async () => {
    const acknowledged: string[] = [];
    const submitting = (async () => {
      for (let n = 0; n < JOBS; n += 1) {
        // The client repeats what had no answer, with the same key.
        const { id } = await grid.api().submitJob({ function: 'inc', input: n }, { idempotencyKey: `crash-${n}` });
        acknowledged.push(id);
      }
    })();
    await until('some jobs are in', async () => acknowledged.length > 15);
    await postgres.stop('immediate');
    await postgres.restart();
    await submitting;
    expect(new Set(acknowledged).size).toBe(JOBS);
    await until(
      'all jobs are final',
      async () => (await grid.query<{ open: number }>('SELECT count(*)::integer AS open FROM open_jobs'))[0]?.open === 0,
      60_000,
    );
    const [row] = await grid.query<{ jobs: number; settled: number }>(
      `SELECT (SELECT count(*)::integer FROM job_outcomes WHERE revision = 1 AND status = 1) AS jobs,
         (SELECT count(*)::integer FROM ledger.transfers WHERE kind = 5) AS settled`,
    );
    expect(row).toEqual({ jobs: JOBS, settled: JOBS });
    await expectSoundBooks(grid);
  });

  it('is served through by the coordinator, which answers 503 meanwhile', async () => {
    await postgres.stop('immediate');
    const refused = await fetch(`${grid.url}/readyz`);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'unavailable', retryable: true });
    expect((await fetch(`${grid.url}/livez`)).status).toBe(200);
    await postgres.restart();
    await until('it is ready again', async () => (await fetch(`${grid.url}/readyz`)).ok);
    expect(await grid.api().invoke('inc', 41)).toMatchObject({ output: 42 });
  });
});
