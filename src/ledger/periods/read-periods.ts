/** Closed days, newest first. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { kindName } from '../kinds.js';

export interface PeriodView {
  day: string;
  treeSize: string;
  /** Base64. */
  root: string;
  transfers: string;
  balances: string;
  digest: string;
  closedAt: string;
  kinds: { kind: string; transfers: string; moved: string }[];
}

interface PeriodRow {
  day: string;
  tree_size: string;
  root: Buffer;
  transfers: string;
  balances: string;
  digest: Buffer;
  closed_at: Date;
  kinds: { kind: number; transfers: string; moved: string }[];
}

@Injectable()
export class ReadPeriods {
  constructor(private readonly dataSource: DataSource) {}

  async list(before: string | undefined, limit: number): Promise<PeriodView[]> {
    const rows: PeriodRow[] = await this.dataSource.query(
      `SELECT p.day::text, p.tree_size, p.root, p.transfers, p.balances, p.digest, p.closed_at,
         (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', k.kind, 'transfers', k.transfers::text, 'moved', k.moved::text) ORDER BY k.kind), '[]')
          FROM ledger.period_kinds k WHERE k.day = p.day) AS kinds
       FROM ledger.periods p WHERE p.day < coalesce($1::date, 'infinity') ORDER BY p.day DESC LIMIT $2`,
      [before ?? null, limit],
    );
    return rows.map((row) => ({
      day: row.day,
      treeSize: row.tree_size,
      root: row.root.toString('base64'),
      transfers: row.transfers,
      balances: row.balances,
      digest: `sha256:${row.digest.toString('hex')}`,
      closedAt: row.closed_at.toISOString(),
      kinds: row.kinds.map(({ kind, ...totals }) => ({ kind: kindName(kind), ...totals })),
    }));
  }
}
