/**
 * kill -9 of PostgreSQL (with fsync), of single processes of it, and of whoever posts, at random moments: each acknowledged transfer
 * and job is there exactly once, each other at most once, the laws hold, no hold is left without its job, and the grid goes on.
 *
 * A short form runs with the tests; `npm run fault:ledger -- --cycles 300 --seed 7` a longer one.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EmbeddedPostgres } from '../../demo/embedded-postgres.js';
import { migrateFromDist } from '../support/postgres.setup.js';
import { Seeded } from '../support/seeded.js';
import { GridUnderKills } from './grid-under-kills.js';
import { LedgerUnderKills } from './ledger-under-kills.js';

const CYCLES = Number(process.env.FAULT_CYCLES ?? 20);
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
/** A coordinator takes seconds to start, PostgreSQL a fraction of one: most cycles are the ledger's. */
const GRID_CYCLES = Math.ceil(CYCLES * 0.15);
const LEDGER_CYCLES = CYCLES - GRID_CYCLES;
const CYCLE_MS = 12_000;

let directory: string;
let postgres: EmbeddedPostgres;
const random = new Seeded(SEED);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'potluck-kills-'));
  chmodSync(directory, 0o711);
  postgres = await EmbeddedPostgres.start({ directory: join(directory, 'postgres') });
});
afterAll(async () => {
  await postgres.stop('immediate');
  rmSync(directory, { recursive: true, force: true });
});

function report(what: string, figures: object): void {
  const line = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`${what}: seed ${SEED}, ${line.join(', ')}\n`);
}

it('The ledger loses and doubles no transfer', { timeout: 60_000 + LEDGER_CYCLES * CYCLE_MS }, async () => {
  await postgres.createDatabase('books');
  migrateFromDist(postgres.url('books'));
  const run = await LedgerUnderKills.prepare(postgres, random);
  const figures = await run.cycles(LEDGER_CYCLES);
  report('the ledger', figures);
  expect(figures.acknowledged).toBeGreaterThan(LEDGER_CYCLES);
  expect(figures).toMatchObject({ lost: 0, doubled: 0, unasked: 0, present: figures.acknowledged + figures.unacknowledged });
  expect(await run.brokenLaws()).toEqual({});
  await run.releaseWhatIsHeld();
  expect(await run.held()).toBe('0');
  expect(await run.brokenLaws()).toEqual({});
});

it('The grid loses and doubles no job, and goes on', { timeout: 120_000 + GRID_CYCLES * 2 * CYCLE_MS }, async () => {
  const run = await GridUnderKills.start(postgres, random);
  try {
    const figures = await run.cycles(GRID_CYCLES);
    report('the grid', figures);
    expect(figures.acknowledged).toBeGreaterThan(GRID_CYCLES);
    expect(figures).toMatchObject({ lost: 0, doubled: 0, unasked: 0, open: 0 });
    await run.expectSoundBooks();
    expect(await run.invoke(41)).toMatchObject({ output: 42 });
  } finally {
    await run.stop();
  }
});
