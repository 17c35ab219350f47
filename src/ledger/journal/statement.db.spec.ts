/** One account's statement in its three formats, and the public journals of the system's balances. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeId } from '#libs/signing/ids.js';
import { type History, spreadOverDays, writeHistory } from '../../../test/support/history.js';
import { openBooks, type TestBooks } from '../../../test/support/ledger.js';
import { judged, judges, openReading, type Reading, textOf } from '../../../test/support/reading.js';
import type { DomainError } from '../../http/domain-error.js';
import type { StatementRequest } from './statement.js';

interface StatementAnswer {
  accountId: string;
  treeSize: string;
  from: string;
  to: string;
  opening: Record<string, string>;
  closing: Record<string, string>;
  entries: {
    id: string;
    transferId: string;
    leafIndex: string;
    code: string;
    amount: string;
    balance: string;
    seq: string;
    memo?: string;
    counter: { balance: string; amount: string }[];
  }[];
}

let books: TestBooks;
let reading: Reading;
let history: History;

beforeAll(async () => {
  books = await openBooks();
  reading = openReading(books);
  history = await writeHistory(books, { seed: 21, rounds: 220, accounts: 4 });
  await spreadOverDays(books, 4, 7_200_000);
  await reading.sequence();
});
afterAll(async () => {
  expect(await books.brokenLaws()).toEqual({});
  await books.close();
});

const everything = { from: '2020-01-01' };
const ask = async (owner: string, request: Partial<StatementRequest> = {}): Promise<string> => {
  const { body } = await reading.writeStatement.run({ owner, seesAll: false, format: 'json', ...request }, new Date());
  return textOf(body);
};
const statementOf = async (owner: string, request?: Partial<StatementRequest>): Promise<StatementAnswer> =>
  JSON.parse(await ask(owner, request)) as StatementAnswer;

describe('a statement', () => {
  it('leads each balance from its opening to its closing, entry by entry', async () => {
    for (const owner of history.accounts) {
      const { accountId, opening, closing, entries, treeSize } = await statementOf(owner, everything);
      expect(accountId).toBe(encodeId('acct', owner));
      expect(treeSize).toBe((await reading.trees.present()).size);
      expect(opening).toEqual({ available: '0', held: '0', stake: '0' });
      const balances = await books.balances(owner);
      expect(closing).toEqual({
        available: balances.availableMicro.toString(),
        held: balances.heldMicro.toString(),
        stake: balances.stakeMicro.toString(),
      });
      const running: Record<string, string> = { ...opening };
      const seqs: Record<string, number> = { available: 0, held: 0, stake: 0 };
      for (const { code, amount, balance, seq, counter } of entries) {
        expect(balance).toBe((BigInt(running[code] as string) + BigInt(amount)).toString());
        running[code] = balance;
        seqs[code] = (seqs[code] as number) + 1;
        expect(seq).toBe(String(seqs[code]));
        expect(counter.reduce((sum, other) => sum + BigInt(other.amount), BigInt(amount))).toBe(0n);
      }
      expect(running).toEqual(closing);
    }
  });

  it('of one period closes where that of the next opens', async () => {
    const owner = history.accounts[0] as string;
    const whole = await statementOf(owner, everything);
    const now = Date.now();
    const cuts = [0, 60, 47, 31, 12].map((hours, at) =>
      at === 0 ? '2020-01-01' : new Date(now - hours * 3_600_000).toISOString(),
    );
    const parts: StatementAnswer[] = [];
    for (const [at, from] of cuts.entries()) {
      const to = cuts[at + 1];
      parts.push(await statementOf(owner, { from, ...(to ? { to } : {}) }));
    }
    for (const [at, part] of parts.slice(1).entries()) expect(part.opening).toEqual(parts[at]?.closing);
    expect(parts.flatMap(({ entries }) => entries)).toEqual(whole.entries);
    expect(parts.filter(({ entries }) => entries.length > 0).length).toBeGreaterThan(2);
  });

  it('names no other account to its owner, and every one to an auditor', async () => {
    const owner = history.accounts[1] as string;
    const own = encodeId('acct', owner);
    const counters = async (seesAll: boolean): Promise<string[]> => {
      const { entries } = await statementOf(owner, { ...everything, seesAll });
      return [...new Set(entries.flatMap(({ counter }) => counter.map(({ balance }) => balance)))].sort();
    };
    const seen = await counters(false);
    expect(seen).toContain('others:available');
    expect(
      seen.filter((name) => !/^(issuance|commons|insurance|others:(available|held|stake))$/.test(name) && !name.startsWith(own)),
    ).toEqual([]);
    for (const format of ['csv', 'journal'] as const) {
      const text = await ask(owner, { ...everything, format });
      for (const other of history.accounts.filter((account) => account !== owner)) {
        expect(text).not.toContain(encodeId('acct', other));
        expect(text).not.toContain(encodeId('acct', other).replace('_', '-'));
      }
    }
    expect((await counters(true)).some((name) => name.startsWith('acct_') && !name.startsWith(own))).toBe(true);
  });

  it('covers the current month where no period is named', async () => {
    const now = new Date();
    const { from, to } = await statementOf(history.accounts[0] as string);
    expect(from).toBe(`${now.toISOString().slice(0, 7)}-01T00:00:00.000Z`);
    expect(Date.parse(to)).toBeGreaterThanOrEqual(now.getTime());
  });

  it('refuses unknown accounts, reversed and absurd periods, each by name', async () => {
    const owner = history.accounts[0] as string;
    const refusal = (request: Partial<StatementRequest>): Promise<unknown> =>
      ask(owner, request).then(
        () => 'accepted',
        ({ code, options }: DomainError) => [code, options.errors?.[0]?.parameter],
      );
    expect(await refusal({ from: '2026-02-30' })).toEqual(['validation_failed', 'from']);
    expect(await refusal({ from: '0000-00-00' })).toEqual(['validation_failed', 'from']);
    expect(await refusal({ to: 'tomorrow' })).toEqual(['validation_failed', 'to']);
    expect(await refusal({ to: '9999-12-31T23:59:60Z' })).toEqual(['validation_failed', 'to']);
    expect(await refusal({ from: '2025-02-01', to: '2025-01-01' })).toEqual(['validation_failed', 'from']);
    expect(await refusal({ owner: '0193b8f2-6c1a-7d3e-8f4a-1b2c3d4e5f60' })).toEqual(['not_found', undefined]);
  });

  it('as CSV has one record a leg, whole whatever the memos are, and nothing that a spreadsheet would run', async () => {
    for (const owner of history.accounts) {
      const records = parseCsv(await ask(owner, { ...everything, format: 'csv' }));
      const [columns, ...rows] = records;
      expect(new Set(records.map((row) => row.length))).toEqual(new Set([columns?.length]));
      const { entries } = await statementOf(owner, everything);
      const of = (row: string[], column: string): string => row[(columns as string[]).indexOf(column)] as string;
      const legs = rows.filter((row) => of(row, 'record') === 'leg');
      expect(legs.filter((row) => of(row, 'seq') !== '')).toHaveLength(entries.length);
      expect(rows.at(-1)?.[0]).toBe('end');
      for (const row of rows) {
        for (const [at, cell] of row.entries()) {
          if (['amount', 'balanceAfter'].includes(columns?.[at] as string)) expect(cell).toMatch(/^(-?\d+\.\d{6})?$/);
          else expect(cell).not.toMatch(/^\s*[=+\-@＝＋－＠]/);
        }
      }
    }
  });
});

describe.runIf(judges)('hledger and ledger', () => {
  it('accept one account’s journal and arrive at its balances', async () => {
    for (const owner of history.accounts) {
      const name = encodeId('acct', owner).replace('_', '-');
      for (const from of ['2020-01-01', new Date(Date.now() - 50 * 3_600_000).toISOString()]) {
        const { closing } = await statementOf(owner, { from });
        const { hledger, ledger } = judged(await ask(owner, { from, format: 'journal' }));
        expect(ledger).toEqual(hledger);
        for (const [code, balance] of Object.entries(closing)) expect(hledger[`${name}:${code}`] ?? '0').toBe(balance);
      }
    }
  });

  it('accept every page of the system’s journals and arrive at its balances', async () => {
    let last = {};
    for (let cursor: string | undefined; ; ) {
      const page = await reading.systemJournal.page(cursor, 100);
      const { hledger, ledger } = judged(await textOf(page.text('journal')));
      expect(ledger).toEqual(hledger);
      last = hledger;
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    const { balances } = await reading.trialBalance();
    for (const { name, balance } of balances.slice(0, 3)) expect((last as Record<string, string>)[name] ?? '0').toBe(balance);
  });
});

describe('the system’s journals', () => {
  const pages = async (limit: number) => {
    const found = [];
    for (let cursor: string | undefined; ; ) {
      const page = await reading.systemJournal.page(cursor, limit);
      found.push(...page.data);
      if (page.nextCursor === null) return found;
      cursor = page.nextCursor;
    }
  };

  it.each([1, 7, 1_000])('in pages of %i have every leg of issuance, commons and insurance, once and in order', async (limit) => {
    const found = await pages(limit);
    const stored = await books.asOwner(
      `SELECT b.code, e.seq::text, e.amount::text, e.balance_after::text FROM ledger.entries e JOIN ledger.balances b ON b.id = e.balance_id
       WHERE b.id IN (1, 2, 3) ORDER BY b.code, e.seq`,
    );
    const codes = ['issuance', 'commons', 'insurance'];
    const legs = found.flatMap((transfer) => transfer.legs.map((leg) => ({ code: codes.indexOf(leg.balance) + 1, ...leg })));
    const sorted = legs
      .map(({ code, amount, after }) => ({ code, seq: after?.seq, amount, balance_after: after?.balanceAfter }))
      .sort((one, other) => one.code - other.code || Number(one.seq) - Number(other.seq));
    expect(sorted).toEqual(stored);
  });

  it('name no account, and no memo but the operator’s own words', async () => {
    const text =
      JSON.stringify(await pages(1_000)) + (await textOf((await reading.systemJournal.page(undefined, 1_000)).text('csv')));
    for (const owner of history.accounts) {
      expect(text).not.toContain(encodeId('acct', owner));
      expect(text).not.toContain(encodeId('acct', owner).replace('_', '-'));
    }
    for (const kind of ['slash', 'donation', 'settle', 'surplus'])
      expect((await pages(1_000)).filter((transfer) => transfer.kind === kind && transfer.memo !== null)).toEqual([]);
  });

  it('refuse a cursor of another list', async () => {
    const { cursor } = await reading.exportJournal.run({ format: 'csv', limit: 5 }, new Date());
    await expect(reading.systemJournal.page(cursor, 5)).rejects.toMatchObject({ code: 'cursor_invalid' });
  });
});

/** RFC 4180, and nothing more. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let cells: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let found = cell.exec(text); found && found[0] !== ''; found = cell.exec(text)) {
    cells.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (found[3] === '\r\n') {
      records.push(cells);
      cells = [];
    }
    if (cell.lastIndex === text.length) return records;
  }
  throw new Error(`not RFC 4180 at ${cell.lastIndex} of ${text.length}`);
}
