/** The reading side of the books over a test's database, and its outside judges: hledger and ledger. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cursors } from '../../src/http/paging.js';
import { BalanceNames } from '../../src/ledger/journal/balance-names.js';
import { CounterLegs } from '../../src/ledger/journal/counter-legs.js';
import { ExportJournal } from '../../src/ledger/journal/export-journal.js';
import { JournalReader } from '../../src/ledger/journal/journal-reader.js';
import { MergedEntries } from '../../src/ledger/journal/merged-entries.js';
import { WriteStatement } from '../../src/ledger/journal/statement.js';
import { SystemJournal } from '../../src/ledger/journal/system-journal.js';
import { TreeExtents } from '../../src/ledger/journal/tree-extent.js';
import { AppendLeaves } from '../../src/ledger/log/append-leaves.js';
import { LogTiles } from '../../src/ledger/log/log-tiles.js';
import { ReadLeaves } from '../../src/ledger/log/read-leaves.js';
import { ReadLog } from '../../src/ledger/log/read-log.js';
import { TrialBalances } from '../../src/ledger/trial-balance.js';
import type { Settings } from '../../src/settings/settings.js';
import type { TestBooks } from './ledger.js';

export interface Reading {
  exportJournal: ExportJournal;
  writeStatement: WriteStatement;
  systemJournal: SystemJournal;
  trialBalances: TrialBalances;
  trees: TreeExtents;
  /** Gives every transfer its leaf, or about so many. */
  sequence: (most?: number) => Promise<void>;
  /** The trial balance as the API answers it. */
  trialBalance: (at?: Date) => Promise<TrialBalanceAnswer>;
}

export interface TrialBalanceAnswer {
  at: string;
  treeSize: string;
  balances: { name: string; code: string; owner?: string; balance: string }[];
  total: string;
}

export function openReading({ dataSource, transaction }: Pick<TestBooks, 'dataSource' | 'transaction'>): Reading {
  const settings = { secret: Buffer.alloc(32, 7), publicOrigin: 'http://localhost:3000' } as Settings;
  const cursors = new Cursors(settings);
  const names = new BalanceNames(dataSource);
  const trees = new TreeExtents(dataSource, new ReadLog(dataSource, new LogTiles(dataSource)));
  const entries = new MergedEntries(dataSource, names, trees);
  const sequencer = new AppendLeaves(dataSource, transaction, new ReadLeaves(dataSource));
  const trialBalances = new TrialBalances(dataSource, names, trees);
  return {
    exportJournal: new ExportJournal(new JournalReader(dataSource, names, trees), trees, cursors, settings),
    writeStatement: new WriteStatement(entries, new CounterLegs(dataSource, names), trees, settings),
    systemJournal: new SystemJournal(entries, trees, cursors, settings),
    trialBalances,
    trees,
    sequence: async (most = Number.POSITIVE_INFINITY) => {
      for (let appended = 0; appended < most; ) {
        const outcome = await sequencer.run();
        appended += outcome.appended;
        if (outcome.state !== 'more') return;
      }
    },
    trialBalance: async (at) => JSON.parse((await trialBalances.run(at)).text.join('')),
  };
}

export async function textOf(body: AsyncIterable<string>): Promise<string> {
  const parts: string[] = [];
  for await (const part of body) parts.push(part);
  return parts.join('');
}

/** Both are installed from Debian in CI; elsewhere test/run.mjs says that their judgement is missing. */
export const judges = ['hledger', 'ledger'].every((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);

export type Balances = Record<string, string>;

/** What the two programs make of a journal, by account in CR; throws with their words where they refuse it. */
export function judged(journal: string): { hledger: Balances; ledger: Balances } {
  return withFile(journal, (file) => {
    run('hledger', ['-f', file, 'check', 'ordereddates', 'commodities']);
    const csv = run('hledger', ['-f', file, 'balance', '--flat', '--no-total', '--empty', '-O', 'csv']);
    const hledger = csv.split('\n').slice(1);
    const format = '%(account) %(quantity(display_total))\n';
    const options = ['--args-only', 'balance', '--flat', '--no-total', '--empty', '--format', format];
    const ledger = run('ledger', ['-f', file, ...options]).split('\n');
    return {
      hledger: balancesOf(hledger.map((line) => /^"([^"]*)","(?:CR )?([^"]*)"$/.exec(line)?.slice(1))),
      ledger: balancesOf(ledger.map((line) => /^(\S+) (\S+)$/.exec(line)?.slice(1))),
    };
  });
}

/** What hledger says about a journal. */
export function hledger(journal: string, ...args: string[]): string {
  return withFile(journal, (file) => run('hledger', ['-f', file, ...args]));
}

function withFile<T>(journal: string, look: (file: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'potluck-journal-'));
  const file = join(directory, 'export.journal');
  try {
    writeFileSync(file, journal);
    return look(file);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Under a plain locale, as in the barest container. */
function run(program: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1_048_576,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
  });
  if (status !== 0) throw new Error(`${program} refused: ${stderr}`);
  return stdout;
}

/** In µCR, without what is 0. */
function balancesOf(pairs: (string[] | undefined)[]): Balances {
  const found = pairs.flatMap((pair) => {
    const micro = pair && Math.round(Number(pair[1]) * 1_000_000).toString();
    return micro === undefined || micro === '0' || micro === '-0' ? [] : [[pair?.[0] as string, micro] as const];
  });
  return Object.fromEntries(found.sort(([one], [other]) => (one < other ? -1 : 1)));
}
