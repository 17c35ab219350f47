/** What people write into memos stays words in every format. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileMemos } from '../../../test/support/hostile-memos.js';
import type { JournalDocument, JournalTransfer } from './journal-document.js';
import { record, textCell, writeCsv } from './write-csv.js';
import { writeDocument } from './write-document.js';
import { encodeMemo } from './write-plain-text.js';

const transfer = (memo: string): JournalTransfer => ({
  index: '0',
  id: '1',
  createdAt: '2026-11-23T12:00:00.000Z',
  kind: 'grant',
  reference: '0193b8f2-6c1a-7d3e-8f4a-1b2c3d4e5f60',
  ordinal: '0',
  reverses: null,
  evidenceHash: null,
  memo,
  legs: [
    { balance: 'issuance', amount: '-1', after: { balanceId: 'a', balanceAfter: '-1', seq: '1' } },
    { balance: 'acct_01:available', amount: '1', after: { balanceId: 'b', balanceAfter: '1', seq: '1' } },
  ],
});
const documentOf = (memo: string): JournalDocument => ({
  title: 'A test',
  origin: 'http://localhost:3000',
  treeSize: '1',
  from: null,
  to: null,
  firstDay: '2026-11-23',
  lastDay: '2026-11-23',
  openings: () => pages([]),
  transfers: () => pages([transfer(memo)]),
  closings: () => pages([]),
  nextCursor: null,
});
async function* pages<T>(page: T[]): AsyncGenerator<T[]> {
  yield page;
}
async function textOf(parts: AsyncGenerator<string>): Promise<string> {
  let text = '';
  for await (const part of parts) text += part;
  return text;
}
const anyMemo = fc.oneof(fc.constantFrom(...hostileMemos), fc.string({ unit: 'binary', maxLength: 200 }));

describe('a memo', () => {
  it('in plain text accounting can be read back, and is neither a line, a tag, a date nor an amount', async () => {
    const shape = (await textOf(writeDocument('journal', documentOf('word')))).split('\n').filter((line) => !/; memo/.test(line));
    await fc.assert(
      fc.asyncProperty(anyMemo, async (memo) => {
        const encoded = encodeMemo(memo);
        expect(encoded).toMatch(/^[A-Za-z0-9 ._/()#!?+%-]*$/);
        expect(decodeURIComponent(encoded)).toBe(memo);
        const lines = (await textOf(writeDocument('journal', documentOf(memo)))).split('\n');
        expect(lines.filter((line) => !/^ {4}; memo(-continued)?: /.test(line))).toEqual(shape);
        expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(4_096);
      }),
    );
  });

  it('in CSV is one quoted cell that no spreadsheet takes for a formula', async () => {
    await fc.assert(
      fc.asyncProperty(anyMemo, async (memo) => {
        const cell = textCell(memo);
        expect(cell).toMatch(/^"(?:[^"]|"")*"$/);
        const read = cell.slice(1, -1).replaceAll('""', '"');
        expect(read).not.toMatch(/^\s*[=+\-@＝＋－＠]/);
        expect(read === memo || read === `'${memo}`).toBe(true);
        const text = await textOf(writeCsv(documentOf(memo)));
        // Columns, two legs, the end: whatever the cell holds.
        expect(text.replaceAll(cell, '').split('\r\n')).toHaveLength(5);
      }),
    );
  });

  it('in ndjson is itself, on one line', async () => {
    await fc.assert(
      fc.asyncProperty(anyMemo, async (memo) => {
        const lines = (await textOf(writeDocument('ndjson', documentOf(memo)))).split('\n');
        expect(lines).toHaveLength(4);
        expect(JSON.parse(lines[1] as string).memo).toBe(memo);
      }),
    );
  });
});

it('An amount of CSV stays a number', async () => {
  const text = await textOf(writeCsv(documentOf('x')));
  expect(text).toContain('issuance,-0.000001,-0.000001,1\r\n');
  expect(record(['a', 'b'])).toBe('a,b\r\n');
});
