/** Reads of the books for their owner and for auditors. Entries are paged along each balance's own sequence, by index. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { encodeId } from '#libs/signing/ids.js';
import { type AccountCode, balanceCodeName, balanceCodes } from './chart.js';
import { kindName } from './kinds.js';
import type { EntryDto, TransferDto } from './ledger.dto.js';

/** For each balance the seq that the next page begins below. */
export type EntryPlaces = Partial<Record<AccountCode, string>>;

interface EntryRow {
  transfer_id: string;
  code: number;
  amount: string;
  balance_after: string;
  seq: string;
  kind: number;
  reference: string;
  created_at: Date;
  memo: string | null;
}

@Injectable()
export class ReadLedger {
  constructor(private readonly dataSource: DataSource) {}

  /** Newest first; `limit + 1` rows tell whether there are more. */
  async entries(owner: string, codes: readonly AccountCode[], places: EntryPlaces, limit: number): Promise<EntryRow[]> {
    return this.dataSource.query(
      `SELECT e.transfer_id, b.code, e.amount, e.balance_after, e.seq, t.kind, t.reference, t.created_at, m.memo
       FROM unnest($2::smallint[], $3::bigint[]) AS i(code, below)
       JOIN ledger.balances b ON b.owner_id = $1 AND b.code = i.code
       CROSS JOIN LATERAL (
         SELECT * FROM ledger.entries e WHERE e.balance_id = b.id AND e.seq < coalesce(i.below, 9223372036854775807) ORDER BY e.seq DESC LIMIT $4
       ) e
       JOIN ledger.transfers t ON t.id = e.transfer_id
       LEFT JOIN ledger.transfer_meta m ON m.transfer_id = t.id
       ORDER BY e.transfer_id DESC, e.leg DESC LIMIT $4`,
      [owner, codes.map((code) => balanceCodes[code]), codes.map((code) => places[code] ?? null), limit],
    );
  }

  /** A transfer with the legs that `owner` may see: its own and the system's; all where no owner is named. */
  async transfer(id: string, owner: string | undefined): Promise<TransferDto | undefined> {
    const rows: (EntryRow & { owner_id: string | null; leg: number; meta: object | null; evidence_hash: Buffer | null })[] =
      await this.dataSource.query(
        `SELECT e.transfer_id, e.leg, b.code, b.owner_id, e.amount, e.balance_after, e.seq, t.kind, t.reference, t.created_at, t.evidence_hash, m.memo, m.meta
       FROM ledger.transfers t JOIN ledger.entries e ON e.transfer_id = t.id JOIN ledger.balances b ON b.id = e.balance_id
       LEFT JOIN ledger.transfer_meta m ON m.transfer_id = t.id
       WHERE t.id = $1 ORDER BY e.leg`,
        [id],
      );
    const [first] = rows;
    if (!first) return undefined;
    if (owner !== undefined && !rows.some((row) => row.owner_id === owner)) return undefined;
    const mayRead = (row: { owner_id: string | null }): boolean => owner === undefined || row.owner_id === owner;
    return {
      id: first.transfer_id,
      kind: kindName(first.kind),
      reference: first.reference,
      createdAt: first.created_at.toISOString(),
      ...(first.memo === null ? {} : { memo: first.memo }),
      ...(first.meta === null ? {} : { meta: first.meta }),
      ...(first.evidence_hash === null ? {} : { evidenceHash: `sha256:${first.evidence_hash.toString('hex')}` }),
      entries: rows.map((row) => ({
        code: balanceCodeName(row.code),
        ...(row.owner_id !== null && mayRead(row) ? { accountId: encodeId('acct', row.owner_id) } : {}),
        amount: row.amount,
        // Another account's running balance, and the system's, are not this caller's to read.
        ...(mayRead(row) ? { balance: row.balance_after, seq: row.seq } : {}),
      })),
    };
  }

  entryOf(row: EntryRow): EntryDto {
    return {
      id: `${row.transfer_id}.${balanceCodeName(row.code)}`,
      transferId: row.transfer_id,
      kind: kindName(row.kind),
      code: balanceCodeName(row.code),
      amount: row.amount,
      balance: row.balance_after,
      seq: row.seq,
      reference: row.reference,
      createdAt: row.created_at.toISOString(),
      ...(row.memo === null ? {} : { memo: row.memo }),
    };
  }
}
