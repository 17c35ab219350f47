/** The peer: BullMQ on PostgreSQL adding, processing and completing a no-op; no ledger, no check. In bulk and one by one. */
import { createPostgresBackend, Queue, runMigrations, setDefaultBackendFactory, Worker } from 'bullmq';
import pg from 'pg';
import { runFor } from './window.js';

export class BullmqLoop {
  private constructor(
    private readonly pool: pg.Pool,
    private readonly queue: Queue,
    private readonly worker: Worker,
    private readonly counter: { done: number },
  ) {}

  static async start(databaseUrl: string): Promise<BullmqLoop> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await runMigrations(client, 'bullmq');
    await client.end();
    setDefaultBackendFactory(createPostgresBackend);
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 8, options: '-c search_path=bullmq' });
    pool.on('error', () => undefined);
    const connection = pool as never;
    const counter = { done: 0 };
    const queue = new Queue('bench', { connection });
    const worker = new Worker('bench', async () => 42, { connection, concurrency: 50 });
    worker.on('completed', () => {
      counter.done += 1;
    });
    worker.on('error', () => undefined);
    await worker.waitUntilReady();
    return new BullmqLoop(pool, queue, worker, counter);
  }

  async stop(): Promise<void> {
    await this.worker.close(true).catch(() => undefined);
    await this.queue.close().catch(() => undefined);
    await this.pool.end().catch(() => undefined);
  }

  /** Completed a second. */
  bulk(ms: number): Promise<number> {
    return this.rate(ms, 2, async () => {
      await this.queue.addBulk(
        Array.from({ length: 100 }, (_, n) => ({ name: 'noop', data: { n }, opts: { removeOnComplete: true } })),
      );
      return 100;
    });
  }

  single(ms: number): Promise<number> {
    return this.rate(ms, 64, async () => {
      await this.queue.add('noop', { n: 1 }, { removeOnComplete: true });
      return 1;
    });
  }

  private async rate(ms: number, adders: number, add: () => Promise<number>): Promise<number> {
    const before = this.counter.done;
    let added = 0;
    const step = async (): Promise<void> => {
      if (added - (this.counter.done - before) > 1_000) return new Promise((resolve) => setTimeout(resolve, 2));
      added += await add();
    };
    const seconds = await runFor(
      ms,
      Array.from({ length: adders }, () => step),
    );
    return (this.counter.done - before) / seconds;
  }
}
