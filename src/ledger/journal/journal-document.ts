/** What the writers write: a stretch of the books with what the balances were before and after it, as a stream. */

export interface JournalLeg {
  /** `commons`, `acct_…:available`; `others` where the reader may not know whose it is. */
  balance: string;
  /** µCR, decimal text. */
  amount: string;
  /** Where the reader may know it. */
  after?: { balanceId: string; balanceAfter: string; seq: string };
}

export interface JournalTransfer {
  /** Its leaf's index in the log. */
  index: string;
  id: string;
  /** RFC 3339 UTC with milliseconds. */
  createdAt: string;
  kind: string;
  reference: string;
  ordinal: string;
  reverses: string | null;
  /** `sha256:…` */
  evidenceHash: string | null;
  memo: string | null;
  legs: JournalLeg[];
}

/** A balance as it stands before or after the document's transfers. */
export interface StandingBalance {
  balance: string;
  balanceId: string;
  balanceAfter: string;
  seq: string;
}

export interface JournalDocument {
  title: string;
  origin: string;
  treeSize: string;
  /** As asked for; null: from the first transfer, up to the last of the tree. */
  from: string | null;
  to: string | null;
  /** The UTC days of the first and the last transfer, for the opening and closing lines. */
  firstDay: string;
  lastDay: string;
  openings: () => AsyncIterable<StandingBalance[]>;
  transfers: () => AsyncIterable<JournalTransfer[]>;
  closings: () => AsyncIterable<StandingBalance[]>;
  /** Where the next document goes on; null after the last. */
  nextCursor: string | null;
}

export type JournalFormat = 'journal' | 'csv' | 'ndjson';
