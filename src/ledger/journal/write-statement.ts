/** A statement as one JSON object, its entries written as they are read: one line each, so that it can be read by lines too. */
import type { JournalLeg, JournalTransfer } from './journal-document.js';

export async function* writeStatement(head: object, transfers: AsyncIterable<JournalTransfer[]>): AsyncGenerator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"entries":[`;
  let begun = false;
  for await (const page of transfers) {
    const entries = page.flatMap(entriesOf);
    if (entries.length === 0) continue;
    yield `${begun ? ',' : ''}\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}`;
    begun = true;
  }
  yield '\n]}\n';
}

function entriesOf(transfer: JournalTransfer): object[] {
  const { id, index, createdAt, kind, reference, memo, legs } = transfer;
  return legs.flatMap((leg) => {
    if (!leg.after) return [];
    return {
      id: `${id}.${codeOf(leg)}`,
      transferId: id,
      leafIndex: index,
      createdAt,
      kind,
      reference,
      ...(memo === null ? {} : { memo }),
      code: codeOf(leg),
      amount: leg.amount,
      balance: leg.after.balanceAfter,
      seq: leg.after.seq,
      counter: legs.filter((other) => other !== leg).map(({ balance, amount }) => ({ balance, amount })),
    };
  });
}

const codeOf = ({ balance }: JournalLeg): string => balance.slice(balance.indexOf(':') + 1);
