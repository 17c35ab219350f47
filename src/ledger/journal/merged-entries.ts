/**
 * The entries of a few balances (an account's three, the system's three), merged in the journal's order (UTC day, id), a page at a
 * time along each balance's own sequence, in short transactions.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { BalanceNames } from './balance-names.js';
import type { JournalLeg, JournalTransfer, StandingBalance } from './journal-document.js';
import { type TransferRow, transferOf } from './transfer-rows.js';
import { TreeExtents } from './tree-extent.js';

/** A balance with the part of its sequence that is read. */
export interface Lane {
  id: string;
  code: number;
  opening: StandingBalance;
  closing: StandingBalance;
}

interface EntryRow extends Omit<TransferRow, 'legs'> {
  balance_id: string;
  amount: string;
  balance_after: string;
  seq: string;
}

interface BoundRow {
  id: string;
  public_id: string;
  owner_id: string | null;
  code: number;
  opening_seq: string;
  opening: string;
  closing_seq: string;
  closing: string;
}

@Injectable()
export class MergedEntries {
  constructor(
    private readonly dataSource: DataSource,
    private readonly names: BalanceNames,
    private readonly trees: TreeExtents,
  ) {}

  /** The balances of an owner, or of the system, with what they were at `from` and before `to`. */
  async lanes(owner: string | null, bounds: { from: Date | string; to: Date | string; upToId: string }): Promise<Lane[]> {
    const rows: BoundRow[] = await this.dataSource.query(
      `SELECT b.id, b.public_id, b.owner_id, b.code, o.seq AS opening_seq, o.balance_after AS opening, c.seq AS closing_seq, c.balance_after AS closing
       FROM ledger.balances b
       CROSS JOIN LATERAL ledger.entry_within(b.id, b.seq, $2, '-infinity', 0, $4) o
       CROSS JOIN LATERAL ledger.entry_within(b.id, b.seq, $3, '-infinity', 0, $4) c
       WHERE CASE WHEN $1::uuid IS NULL THEN b.id IN (1, 2, 3) ELSE b.owner_id = $1 END ORDER BY b.code`,
      [owner, bounds.from, bounds.to, bounds.upToId],
    );
    return rows.map((row) => {
      const name = this.names.remember(row);
      return {
        id: row.id,
        code: row.code,
        opening: { ...name, balanceAfter: row.opening, seq: row.opening_seq },
        closing: { ...name, balanceAfter: row.closing, seq: row.closing_seq },
      };
    });
  }

  /** What each of these balances was behind this entry. */
  async standingAt(lanes: Lane[], seqs: string[]): Promise<StandingBalance[]> {
    const rows: { seq: string; balance_after: string | null }[] = await this.dataSource.query(
      `SELECT i.seq, e.balance_after FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS i(id, seq, place)
       LEFT JOIN ledger.entries e ON e.balance_id = i.id AND e.seq = i.seq ORDER BY i.place`,
      [lanes.map(({ id }) => id), seqs],
    );
    return lanes.map(({ opening }, at) => ({
      ...opening,
      seq: rows[at]?.seq ?? '0',
      balanceAfter: rows[at]?.balance_after ?? '0',
    }));
  }

  /** Pages of transfers with these balances' legs only. `seqs` is where each balance goes on; it moves along. */
  async *pages(lanes: Lane[], seqs: string[], perPage: number): AsyncGenerator<JournalTransfer[]> {
    // One row more than the legs of one transfer can be: a page always gets on.
    const limit = Math.max(perPage, lanes.length + 1);
    for (;;) {
      const rows: EntryRow[] = await this.dataSource.query(PAGE, [
        lanes.map(({ id }) => id),
        seqs,
        lanes.map(({ closing }) => closing.seq),
        limit,
      ]);
      const isLast = rows.length < limit;
      // The last transfer's legs may go on behind the page.
      const cut = rows.at(-1)?.id;
      const whole = isLast ? rows : rows.filter(({ id }) => id !== cut);
      if (whole.length > 0) {
        const transfers = await this.transfers(whole, lanes);
        for (const row of whole) seqs[lanes.findIndex(({ id }) => id === row.balance_id)] = row.seq;
        yield transfers;
      }
      if (isLast) return;
    }
  }

  private async transfers(rows: EntryRow[], lanes: Lane[]): Promise<JournalTransfer[]> {
    const ids = rows.map(({ id }) => id);
    const indexes = await this.trees.indexesOf(ids);
    const transfers = new Map<string, JournalTransfer>();
    for (const row of rows) {
      const { balance, balanceId } = (lanes.find(({ id }) => id === row.balance_id) as Lane).opening;
      const leg: JournalLeg = {
        balance,
        amount: row.amount,
        after: { balanceId, balanceAfter: row.balance_after, seq: row.seq },
      };
      const known = transfers.get(row.id);
      if (known) known.legs.push(leg);
      else transfers.set(row.id, transferOf(row, [leg], indexes.get(row.id) ?? ''));
    }
    return [...transfers.values()];
  }
}

const PAGE = `
  SELECT e.balance_id, e.amount, e.balance_after, e.seq, t.id,
    to_char(t.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at, t.kind, t.reference, t.ordinal, t.reverses,
    t.evidence_hash, m.memo
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS l(balance_id, after_seq, last_seq)
  CROSS JOIN LATERAL (
    SELECT * FROM ledger.entries e WHERE e.balance_id = l.balance_id AND e.seq > l.after_seq AND e.seq <= l.last_seq ORDER BY e.seq LIMIT $4
  ) e
  JOIN ledger.transfers t ON t.id = e.transfer_id
  LEFT JOIN ledger.transfer_meta m ON m.transfer_id = t.id
  ORDER BY (t.created_at AT TIME ZONE 'UTC')::date, t.id, e.leg LIMIT $4`;
