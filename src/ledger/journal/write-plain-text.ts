/**
 * Plain text accounting, for hledger and ledger alike: a letters-only commodity declared in the two-line form, always six decimals
 * (hledger rounds by the fewest it sees, ledger refuses to guess), two spaces before amounts, every amount written, a balance
 * assertion on every leg whose balance the reader may know, one tag a line. Everything is ASCII: hledger refuses other bytes
 * under a plain locale.
 *
 * A file stands by itself: it opens with the balances before it and ends by asserting those behind it. A file without its last
 * line, `; end: …`, was cut.
 */
import { formatFixedCredits } from '#libs/credits/credits.js';
import type { JournalDocument, JournalTransfer, StandingBalance } from './journal-document.js';

/** What people wrote is percent-encoded but for these: no line, tag, date or amount can be made of them. */
const UNSAFE = /[^A-Za-z0-9 ._/()#!?+-]|^ | $| (?= )/gu;
/** ledger reads lines of at most 4,095 bytes. */
const MEMO_PER_LINE = 2_000;

export async function* writePlainText(document: JournalDocument): AsyncGenerator<string> {
  yield `; ${document.title}\n; origin: ${document.origin}\n; tree size: ${document.treeSize}\n`;
  if (document.from !== null || document.to !== null)
    yield `; from ${document.from ?? 'the first'} to ${document.to ?? 'the last'}\n`;
  yield 'commodity CR\n    format CR 1000.000000\n';
  yield* opening(document);
  let transfers = 0;
  for await (const page of document.transfers()) {
    transfers += page.length;
    yield page.map(transferText).join('');
  }
  yield* closing(document);
  yield `\n; end: ${transfers} transfers, next cursor ${document.nextCursor ?? 'none'}\n`;
}

export function encodeMemo(memo: string): string {
  return memo.replace(UNSAFE, (letter) =>
    [...Buffer.from(letter)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/** `acct_01…:available` is `acct-01…:available` here: letters, digits, `-` and `:` only. */
export const accountName = (balance: string): string => balance.replaceAll('_', '-');

async function* opening({ firstDay, openings }: JournalDocument): AsyncGenerator<string> {
  let sum = 0n;
  let begun = false;
  for await (const page of openings()) {
    const lines = page.filter(({ balanceAfter }) => balanceAfter !== '0');
    if (lines.length === 0) continue;
    sum += lines.reduce((total, { balanceAfter }) => total + BigInt(balanceAfter), 0n);
    yield (begun ? '' : `\n${firstDay} opening\n    ; opening: balances before this file\n`) +
      lines.map(({ balance, balanceAfter }) => posting(balance, balanceAfter, balanceAfter)).join('');
    begun = true;
  }
  // One account's view is a part of the books: the rest of them closes the sum.
  if (sum !== 0n) yield posting('equity:opening', (-sum).toString());
}

async function* closing({ lastDay, closings }: JournalDocument): AsyncGenerator<string> {
  let begun = false;
  for await (const page of closings()) {
    yield (begun ? '' : `\n${lastDay} closing\n    ; closing: balances behind this file\n`) +
      page.map(({ balance, balanceAfter }: StandingBalance) => posting(balance, '0', balanceAfter)).join('');
    begun = true;
  }
}

function transferText(transfer: JournalTransfer): string {
  const { createdAt, id, kind, reference, reverses, memo } = transfer;
  let text = `\n${createdAt.slice(0, 10)} (${id}) ${kind}\n    ; txid: ${id}\n    ; ref: ${reference}\n    ; ts: ${createdAt}\n`;
  if (reverses !== null) text += `    ; reverses: ${reverses}\n`;
  if (memo !== null) text += memoText(memo);
  for (const { balance, amount, after } of transfer.legs) text += posting(balance, amount, after?.balanceAfter);
  return text;
}

function memoText(memo: string): string {
  const encoded = encodeMemo(memo);
  let text = '';
  for (let at = 0; at < encoded.length; at += MEMO_PER_LINE)
    text += `    ; ${at === 0 ? 'memo' : 'memo-continued'}: ${encoded.slice(at, at + MEMO_PER_LINE)}\n`;
  return text;
}

function posting(balance: string, amount: string, after?: string): string {
  const line = `    ${accountName(balance)}  CR ${formatFixedCredits(amount)}`;
  return after === undefined ? `${line}\n` : `${line} = CR ${formatFixedCredits(after)}\n`;
}
