/** The grid's cycles: callers submit jobs, workers serve them, and the coordinator or its PostgreSQL dies. */
import type { EmbeddedPostgres } from '../../demo/embedded-postgres.js';
import { expectSoundBooks } from '../support/books.js';
import { Grid, sleep, until } from '../support/grid.js';
import type { Seeded } from '../support/seeded.js';
import { killBackend, killPostmaster } from './killer.js';

const CALLERS = 4;

export interface GridFigures {
  cycles: number;
  seconds: number;
  acknowledged: number;
  unacknowledged: number;
  jobs: number;
  settled: number;
  lost: number;
  doubled: number;
  unasked: number;
  open: number;
}

export class GridUnderKills {
  /** By idempotency key, the job that was acknowledged. */
  private readonly acknowledged = new Map<string, string>();
  private readonly asked = new Set<string>();
  private readonly otherAnswers: string[] = [];
  private over = false;

  private constructor(
    private readonly postgres: EmbeddedPostgres,
    private readonly random: Seeded,
    private readonly grid: Grid,
  ) {}

  static async start(postgres: EmbeddedPostgres, random: Seeded): Promise<GridUnderKills> {
    const grid = await Grid.start({ database: { url: postgres.url(), drop: async () => undefined } });
    for (const [place, volunteer] of grid.demo.volunteers.slice(0, 2).entries()) await grid.startWorker(`w${place}`, volunteer);
    await grid.api().deploy({ name: 'inc', runtime: 'js', source: 'export default (n) => n + 1' });
    return new GridUnderKills(postgres, random, grid);
  }

  async cycles(count: number): Promise<GridFigures> {
    const startedAt = Date.now();
    const kills = { postmaster: 0, backend: 0, coordinator: 0 };
    const callers = Promise.all(Array.from({ length: CALLERS }, (_, caller) => this.submit(caller)));
    for (let cycle = 0; cycle < count; cycle += 1) {
      const before = this.acknowledged.size;
      await until('the grid takes jobs', async () => this.acknowledged.size > before + 3);
      await sleep(this.random.below(150));
      // Each of them at least once in three cycles.
      const victim = (['coordinator', 'postmaster', 'backend'] as const)[
        (cycle + this.random.below(2)) % 3
      ] as keyof typeof kills;
      kills[victim] += 1;
      if (victim === 'coordinator') {
        await this.grid.killCoordinators();
        await this.grid.startCoordinator();
      } else if (victim === 'postmaster') await killPostmaster(this.postgres);
      else await killBackend(this.postgres, (pids) => this.random.pick(pids));
    }
    this.over = true;
    await callers;
    await until(
      'every job is final',
      async () => (await this.grid.query<{ open: number }>('SELECT count(*)::integer AS open FROM open_jobs'))[0]?.open === 0,
      90_000,
    );
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    return { cycles: count, ...kills, ...(await this.counts()), seconds };
  }

  expectSoundBooks(): Promise<void> {
    return expectSoundBooks(this.grid);
  }

  async invoke(input: number): Promise<unknown> {
    return this.grid.api().invoke('inc', input);
  }

  stop(): Promise<void> {
    return this.grid.stop();
  }

  /** One after the other, each with its key; what has no answer in the end is never asked again. */
  private async submit(caller: number): Promise<void> {
    for (let n = 0; !this.over; n += 1) {
      const idempotencyKey = `caller-${caller}-${n}`;
      this.asked.add(idempotencyKey);
      const ask = async (): Promise<string | undefined> =>
        this.grid
          .api()
          .submitJob({ function: 'inc', input: n }, { idempotencyKey })
          .then(
            ({ id }) => id,
            () => undefined,
          );
      const id = await ask();
      if (id !== undefined) this.acknowledged.set(idempotencyKey, id);
      // A client that forgot that it had an answer gets the same one.
      const again = n % 7 === 0 ? await ask() : undefined;
      if (id !== undefined && again !== undefined && again !== id) this.otherAnswers.push(idempotencyKey);
      await sleep(30);
    }
  }

  private async counts(): Promise<Omit<GridFigures, 'cycles' | 'seconds'>> {
    const rows = await this.grid.query<{ key: string; resource: string }>(
      `SELECT key, resource FROM idempotency_keys WHERE key LIKE 'caller-%'`,
    );
    const [row] = await this.grid.query<{ jobs: number; settled: number; open: number }>(
      `SELECT (SELECT count(*)::integer FROM jobs) AS jobs, (SELECT count(*)::integer FROM open_jobs) AS open,
         (SELECT count(*)::integer FROM ledger.transfers WHERE kind IN (5, 6)) AS settled`,
    );
    const { jobs = 0, settled = 0, open = 0 } = row ?? {};
    const outcomes = await Promise.all([...this.acknowledged.values()].map(async (id) => (await this.grid.api().job(id)).status));
    return {
      acknowledged: this.acknowledged.size,
      unacknowledged: rows.filter(({ key }) => !this.acknowledged.has(key)).length,
      jobs,
      settled,
      lost: outcomes.filter((status) => status !== 'succeeded').length,
      // A job more than keys, or a job settled twice, is one too many.
      doubled: this.otherAnswers.length + Math.abs(jobs - rows.length) + Math.abs(settled - jobs),
      unasked: rows.filter(({ key }) => !this.asked.has(key)).length,
      open,
    };
  }
}
