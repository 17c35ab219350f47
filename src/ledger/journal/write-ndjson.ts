/** One JSON value a line: a header with the balances before, the transfers, and an end. A file without its end line was cut. */
import type { JournalDocument, JournalTransfer } from './journal-document.js';

export async function* writeNdjson(document: JournalDocument): AsyncGenerator<string> {
  const { origin, treeSize, from, to, nextCursor } = document;
  // One line, however many balances there are: it is written piece by piece.
  yield `${JSON.stringify({ type: 'header', origin, treeSize, from, to }).slice(0, -1)},"openings":[`;
  let begun = false;
  for await (const page of document.openings()) {
    if (page.length === 0) continue;
    yield `${begun ? ',' : ''}${page.map((line) => JSON.stringify(line)).join(',')}`;
    begun = true;
  }
  yield ']}\n';
  let transfers = 0;
  for await (const page of document.transfers()) {
    transfers += page.length;
    yield page.map((transfer) => `${JSON.stringify(lineOf(transfer))}\n`).join('');
  }
  yield `${JSON.stringify({ type: 'end', transfers, nextCursor })}\n`;
}

function lineOf(transfer: JournalTransfer): object {
  const { index, id, createdAt, kind, reference, ordinal, reverses, evidenceHash, memo } = transfer;
  return {
    ...{ type: 'transfer', index, id, createdAt, kind, reference, ordinal },
    ...(reverses === null ? {} : { reverses }),
    ...(evidenceHash === null ? {} : { evidenceHash }),
    ...(memo === null ? {} : { memo }),
    legs: transfer.legs.map(({ balance, amount, after }) => ({ balance, amount, ...after })),
  };
}
