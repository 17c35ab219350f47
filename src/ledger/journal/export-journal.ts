/**
 * The general journal, in files of at most 100,000 transfers. The first file fixes the tree, and its cursors carry it: the files of
 * one export fit together, and asked for again are the same to the byte. What has not been sequenced yet is not in it.
 */
import { Injectable } from '@nestjs/common';
import type { Period } from '../../http/moments.js';
import { allTime, periodOf } from '../../http/moments.js';
import { Cursors } from '../../http/paging.js';
import { Settings } from '../../settings/settings.js';
import type { JournalDocument, JournalFormat } from './journal-document.js';
import { JournalReader, type Place, type Stretch } from './journal-reader.js';
import { type TreeExtent, TreeExtents } from './tree-extent.js';
import { writeDocument } from './write-document.js';

export interface JournalRequest {
  format: JournalFormat;
  from?: string;
  to?: string;
  cursor?: string;
  limit: number;
}

export interface JournalExport {
  treeSize: string;
  /** Asks for this very file again. */
  cursor: string;
  nextCursor: string | null;
  body: AsyncGenerator<string>;
}

interface Progress {
  tree: TreeExtent;
  after?: Place;
}

@Injectable()
export class ExportJournal {
  constructor(
    private readonly reader: JournalReader,
    private readonly trees: TreeExtents,
    private readonly cursors: Cursors,
    private readonly settings: Settings,
  ) {}

  async run(request: JournalRequest, now: Date): Promise<JournalExport> {
    const { format, limit, from, to } = request;
    const period = periodOf(request, allTime(now), now);
    const filters = { journal: format, from, to };
    const begun = this.cursors.decode(filters, request.cursor);
    const progress = begun === undefined ? { tree: await this.trees.present() } : (JSON.parse(begun) as Progress);
    const { tree, after } = progress;
    const stretch: Stretch = { period, upToId: tree.lastId, ...(after ? { after } : {}) };
    const extent = await this.reader.measure(stretch, limit);
    const encode = (place: Progress): string => this.cursors.encode(filters, JSON.stringify(place));
    const nextCursor = extent.more && extent.last ? encode({ tree, after: extent.last }) : null;
    const document: JournalDocument = {
      title: 'Potluck general journal',
      origin: this.settings.publicOrigin,
      treeSize: tree.size,
      ...bounds(request, period),
      firstDay: extent.first?.day ?? after?.day ?? dayOf(period.from),
      lastDay: extent.last?.day ?? after?.day ?? dayOf(period.from),
      openings: () => this.reader.standing(stretch),
      transfers: () => (extent.last ? this.reader.pages(stretch, extent.last) : nothing()),
      closings: () => this.reader.standing(stretch, extent.last),
      nextCursor,
    };
    return { treeSize: tree.size, cursor: encode(progress), nextCursor, body: writeDocument(format, document) };
  }
}

function bounds({ from, to }: JournalRequest, period: Period): { from: string | null; to: string | null } {
  return {
    from: from === undefined ? null : period.from.toISOString(),
    to: to === undefined ? null : period.to.toISOString(),
  };
}

const dayOf = (moment: Date): string => moment.toISOString().slice(0, 10);

async function* nothing(): AsyncGenerator<never> {}
