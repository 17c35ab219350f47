/**
 * One account's statement: what its three balances were, every entry, what they became. As JSON, or in the formats of the journal,
 * where the other legs of each transfer stand as counter accounts: by name for an auditor, else as the system's or `others`.
 */
import { Injectable } from '@nestjs/common';
import { encodeId } from '#libs/signing/ids.js';
import { DomainError } from '../../http/domain-error.js';
import { currentMonth, periodOf } from '../../http/moments.js';
import { Settings } from '../../settings/settings.js';
import { balanceCodeName } from '../chart.js';
import { CounterLegs } from './counter-legs.js';
import type { JournalDocument, JournalTransfer } from './journal-document.js';
import { type Lane, MergedEntries } from './merged-entries.js';
import { TreeExtents } from './tree-extent.js';
import { writeDocument } from './write-document.js';
import { writeStatement } from './write-statement.js';

export interface StatementRequest {
  /** Whose statement. */
  owner: string;
  /** Other accounts are named. */
  seesAll: boolean;
  format: 'json' | 'csv' | 'journal';
  from?: string;
  to?: string;
}

export interface Statement {
  treeSize: string;
  body: AsyncGenerator<string>;
}

const ENTRIES_PER_PAGE = 2_000;

@Injectable()
export class WriteStatement {
  constructor(
    private readonly entries: MergedEntries,
    private readonly counterLegs: CounterLegs,
    private readonly trees: TreeExtents,
    private readonly settings: Settings,
  ) {}

  async run(request: StatementRequest, now: Date): Promise<Statement> {
    const { owner, seesAll, format } = request;
    const period = periodOf(request, currentMonth(now), now);
    const tree = await this.trees.present();
    const lanes = await this.entries.lanes(owner, { ...period, upToId: tree.lastId });
    if (lanes.length === 0) throw new DomainError('not_found', 'no account has this id (acct_…)');
    const accountId = encodeId('acct', owner);
    const facts = { treeSize: tree.size, from: period.from.toISOString(), to: period.to.toISOString() };
    const transfers = (): AsyncGenerator<JournalTransfer[]> => this.transfers(lanes, seesAll);
    if (format === 'json') {
      const named = (which: 'opening' | 'closing'): Record<string, string> =>
        Object.fromEntries(lanes.map((lane) => [balanceCodeName(lane.code), lane[which].balanceAfter]));
      const head = { accountId, ...facts, opening: named('opening'), closing: named('closing') };
      return { treeSize: tree.size, body: writeStatement(head, transfers()) };
    }
    const document: JournalDocument = {
      title: `Potluck statement of ${accountId}`,
      origin: this.settings.publicOrigin,
      ...facts,
      firstDay: facts.from.slice(0, 10),
      lastDay: new Date(period.to.getTime() - 1).toISOString().slice(0, 10),
      openings: () => once(lanes.map(({ opening }) => opening)),
      transfers,
      closings: () => once(lanes.map(({ closing }) => closing)),
      nextCursor: null,
    };
    return { treeSize: tree.size, body: writeDocument(format, document) };
  }

  private async *transfers(lanes: Lane[], seesAll: boolean): AsyncGenerator<JournalTransfer[]> {
    const seqs = lanes.map(({ opening }) => opening.seq);
    for await (const page of this.entries.pages(lanes, seqs, ENTRIES_PER_PAGE)) yield this.counterLegs.added(page, seesAll);
  }
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
