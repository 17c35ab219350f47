/** The ledger's cycles: a poster at work, something dies, it goes on; in the end what is there is held against what was said. */
import pg from 'pg';
import type { EmbeddedPostgres } from '../../demo/embedded-postgres.js';
import { newId } from '../../libs/signing/ids.js';
import { Transaction } from '../../src/database/transaction.js';
import { kindName } from '../../src/ledger/kinds.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { openDataSource } from '../support/database.js';
import { brokenLaws, fund, grant, release } from '../support/ledger.js';
import type { Seeded } from '../support/seeded.js';
import { killBackend, killPostmaster } from './killer.js';
import { PosterProcess } from './poster-process.js';

const ACCOUNTS = 6;

export interface LedgerFigures {
  cycles: number;
  seconds: number;
  acknowledged: number;
  unacknowledged: number;
  present: number;
  lost: number;
  doubled: number;
  unasked: number;
}

export class LedgerUnderKills {
  private constructor(
    private readonly postgres: EmbeddedPostgres,
    private readonly random: Seeded,
    private readonly url: string,
    private readonly accounts: string[],
    /** The last transfer before the kills. */
    private readonly before: string,
  ) {}

  static async prepare(postgres: EmbeddedPostgres, random: Seeded): Promise<LedgerUnderKills> {
    const url = postgres.url('books');
    const accounts = Array.from({ length: ACCOUNTS }, newId);
    await withLedger(url, async (ledger, transaction) => {
      await transaction.run(async (tx) => {
        for (const account of accounts) await ledger.openAccount(tx, account);
        await ledger.post(tx, [fund('commons', 10_000_000n), ...accounts.map((account) => grant(account, 1_000_000n))]);
      });
    });
    const [row] = await ask(url, 'SELECT max(id)::text AS id FROM ledger.transfers');
    return new LedgerUnderKills(postgres, random, url, accounts, row?.id as string);
  }

  async cycles(count: number): Promise<LedgerFigures> {
    const startedAt = Date.now();
    const kills = { postmaster: 0, backend: 0, poster: 0 };
    const poster = new PosterProcess(this.url, this.accounts);
    poster.start();
    for (let cycle = 0; cycle < count; cycle += 1) {
      await poster.work(3 + this.random.below(15));
      await new Promise((resolve) => setTimeout(resolve, this.random.below(20)));
      const victim = this.random.pick(['postmaster', 'postmaster', 'backend', 'backend', 'poster'] as const);
      kills[victim] += 1;
      if (victim === 'postmaster') await killPostmaster(this.postgres);
      else if (victim === 'backend') await killBackend(this.postgres, (pids) => this.random.pick(pids));
      else {
        await poster.kill();
        poster.start();
      }
    }
    await poster.work(10);
    await poster.kill();
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    return { cycles: count, ...kills, ...(await this.counts(poster)), seconds };
  }

  /** By the table itself: an index that a crash had torn would not be believed. */
  private async counts(poster: PosterProcess): Promise<Omit<LedgerFigures, 'cycles' | 'seconds'>> {
    const rows = await ask(
      this.url,
      `SELECT reference::text || ' ' || kind || ' ' || ordinal AS key, array_agg(id::text) AS ids FROM ledger.transfers
       WHERE id > $1 GROUP BY reference, kind, ordinal`,
      [this.before],
      'SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off',
    );
    const present = new Map(rows.map(({ key, ids }) => [named(key as string), ids as string[]]));
    const acknowledged = [...poster.acknowledged];
    return {
      acknowledged: acknowledged.length,
      unacknowledged: [...present.keys()].filter((key) => !poster.acknowledged.has(key)).length,
      present: present.size,
      lost: acknowledged.filter(([key, id]) => !present.get(key)?.includes(id)).length,
      doubled: poster.doubled.length + [...present.values()].filter((ids) => ids.length > 1).length,
      unasked: [...present.keys()].filter((key) => !poster.asked.has(key)).length,
    };
  }

  brokenLaws(): Promise<Record<string, string>> {
    return brokenLaws(async (sql, values = []) => (await ask(this.url, sql, values)) as { offender: string }[]);
  }

  async held(): Promise<string> {
    const [row] = await ask(this.url, 'SELECT coalesce(sum(balance), 0)::text AS held FROM ledger.balances WHERE code = 5');
    return row?.held as string;
  }

  /** Whatever the last deaths left open can be ended as usual. */
  async releaseWhatIsHeld(): Promise<void> {
    const holds = await ask(this.url, 'SELECT id, payer, remaining FROM ledger.holds');
    await withLedger(this.url, async (ledger, transaction) => {
      const releases = holds.map(({ id, payer, remaining }) =>
        release({ payer: payer as string, holdId: id as string, part: BigInt(remaining as string) }),
      );
      const outcomes = await transaction.run((tx) => ledger.post(tx, releases));
      if (outcomes.some(({ state }) => state !== 'posted')) throw new Error('a hold could not be released');
    });
  }
}

/** As `keyOf` has it: with the kind's name. */
function named(key: string): string {
  const [reference, kind, ordinal] = key.split(' ');
  return `${reference} ${kindName(Number(kind))} ${ordinal}`;
}

async function withLedger(url: string, work: (ledger: Ledger, transaction: Transaction) => Promise<void>): Promise<void> {
  const dataSource = await openDataSource(url);
  try {
    await work(new Ledger(dataSource), new Transaction(dataSource));
  } finally {
    await dataSource.destroy();
  }
}

async function ask(url: string, sql: string, values: unknown[] = [], settings = ''): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    if (settings) await client.query(settings);
    return (await client.query<Record<string, unknown>>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
