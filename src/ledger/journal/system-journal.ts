/**
 * The journals of issuance, commons and insurance, for everyone: what was minted, what the community's purse took and gave. Whose
 * credits the other legs moved is not said, nor what anybody has: they stand together as `others`, with the amount that closes the sum.
 */
import { Injectable } from '@nestjs/common';
import { Cursors } from '../../http/paging.js';
import { Settings } from '../../settings/settings.js';
import type { TransferKind } from '../kinds.js';
import type { JournalDocument, JournalTransfer } from './journal-document.js';
import { MergedEntries } from './merged-entries.js';
import { type TreeExtent, TreeExtents } from './tree-extent.js';
import { writeDocument } from './write-document.js';

export interface SystemJournalPage {
  treeSize: string;
  data: JournalTransfer[];
  nextCursor: string | null;
  /** The same page as a file. */
  text: (format: 'journal' | 'csv') => AsyncGenerator<string>;
}

interface Progress {
  tree: TreeExtent;
  seqs: string[];
}

/** Words of the operator about what it did: everyone may read them. No other kind's memo is written for the public. */
const PUBLIC_MEMOS: readonly string[] = ['grant', 'allowance', 'write_off', 'reversal', 'adjustment'] satisfies TransferKind[];
/** Legs of the three balances in one transfer, at most. */
const LEGS = 3;
const FILTERS = { systemJournal: true };

@Injectable()
export class SystemJournal {
  constructor(
    private readonly entries: MergedEntries,
    private readonly trees: TreeExtents,
    private readonly cursors: Cursors,
    private readonly settings: Settings,
  ) {}

  async page(cursor: string | undefined, limit: number): Promise<SystemJournalPage> {
    const begun = this.cursors.decode(FILTERS, cursor);
    const progress: Progress =
      begun === undefined ? { tree: await this.trees.present(), seqs: ['0', '0', '0'] } : (JSON.parse(begun) as Progress);
    const { tree } = progress;
    const lanes = await this.entries.lanes(null, { from: '-infinity', to: 'infinity', upToId: tree.lastId });
    const seqs = [...progress.seqs];
    const read = await this.entries.pages(lanes, seqs, (limit + 1) * LEGS).next();
    const found: JournalTransfer[] = read.done ? [] : read.value;
    const data = found.slice(0, limit);
    // What each balance's sequence has reached behind this page.
    const reached = [...progress.seqs];
    for (const { legs } of data)
      for (const { balance, after } of legs)
        if (after) reached[lanes.findIndex(({ opening }) => opening.balance === balance)] = after.seq;
    const more = lanes.some(({ closing }, at) => BigInt(reached[at] as string) < BigInt(closing.seq));
    const nextCursor = more ? this.cursors.encode(FILTERS, JSON.stringify({ tree, seqs: reached })) : null;
    const shown = data.map(publicView);
    const day = (transfer: JournalTransfer | undefined): string => (transfer?.createdAt ?? '2000-01-01').slice(0, 10);
    const document: JournalDocument = {
      title: 'Potluck journals of issuance, commons and insurance',
      origin: this.settings.publicOrigin,
      treeSize: tree.size,
      from: null,
      to: null,
      firstDay: day(data[0]),
      lastDay: day(data.at(-1)),
      openings: () => later(() => this.entries.standingAt(lanes, progress.seqs)),
      transfers: () => later(async () => shown.map(withOthers)),
      closings: () => later(() => this.entries.standingAt(lanes, reached)),
      nextCursor,
    };
    return { treeSize: tree.size, data: shown, nextCursor, text: (format) => writeDocument(format, document) };
  }
}

async function* later<T>(make: () => Promise<T>): AsyncGenerator<T> {
  yield await make();
}

function publicView(transfer: JournalTransfer): JournalTransfer {
  return { ...transfer, memo: PUBLIC_MEMOS.includes(transfer.kind) ? transfer.memo : null };
}

function withOthers(transfer: JournalTransfer): JournalTransfer {
  const sum = transfer.legs.reduce((total, { amount }) => total + BigInt(amount), 0n);
  return sum === 0n ? transfer : { ...transfer, legs: [...transfer.legs, { balance: 'others', amount: (-sum).toString() }] };
}
