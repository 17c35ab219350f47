/**
 * RFC 4180. Amounts are numbers in CR with six decimals and stay numbers, minus sign included; they are ours, so nothing can hide in
 * them. What people wrote (memos) is always quoted, and gets a leading apostrophe where a spreadsheet would take it for a formula.
 * The first column says what a record is: opening, leg, closing, or end. A file without its `end` was cut; the end has the number of
 * transfers under `index` and the next cursor under `reference`.
 */
import { formatFixedCredits } from '#libs/credits/credits.js';
import type { JournalDocument, JournalTransfer, StandingBalance } from './journal-document.js';

const COLUMNS = [
  ...['record', 'index', 'transferId', 'createdAt', 'kind', 'reference', 'ordinal', 'reverses', 'evidenceHash', 'memo'],
  ...['balance', 'amount', 'balanceAfter', 'seq'],
];
/** With full-width twins, which some spreadsheets read as the same; white space before them is skipped. */
const FORMULA = /^[\s]*[=+\-@＝＋－＠]|^[\t\r\n]/;

export async function* writeCsv(document: JournalDocument): AsyncGenerator<string> {
  yield record(COLUMNS);
  for await (const page of document.openings()) yield page.map((line) => standing('opening', line)).join('');
  let transfers = 0;
  for await (const page of document.transfers()) {
    transfers += page.length;
    yield page.map(legs).join('');
  }
  for await (const page of document.closings()) yield page.map((line) => standing('closing', line)).join('');
  yield record(['end', String(transfers), '', '', '', document.nextCursor ?? '', '', '', '', '', '', '', '', '']);
}

/** A cell of what somebody wrote. */
export function textCell(text: string): string {
  return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}

export const record = (cells: readonly string[]): string => `${cells.join(',')}\r\n`;

function standing(what: 'opening' | 'closing', { balance, balanceAfter, seq }: StandingBalance): string {
  return record([what, '', '', '', '', '', '', '', '', '', balance, '', formatFixedCredits(balanceAfter), seq]);
}

function legs(transfer: JournalTransfer): string {
  const { index, id, createdAt, kind, reference, ordinal, reverses, evidenceHash, memo } = transfer;
  const shared = ['leg', index, id, createdAt, kind, reference, ordinal, reverses ?? '', evidenceHash ?? ''];
  const words = memo === null ? '' : textCell(memo);
  return transfer.legs
    .map(({ balance, amount, after }) => {
      const known = after ? [formatFixedCredits(after.balanceAfter), after.seq] : ['', ''];
      return record([...shared, words, balance, formatFixedCredits(amount), ...known]);
    })
    .join('');
}
