/** The tables of adjustments: what was asked, who approved, how it ended. What was posted is the ledger's to say. */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { AskedLeg } from './adjustment-request.js';

export type AdjustmentState = 'waiting' | 'posted' | 'rejected' | 'expired';

export interface Adjustment {
  id: string;
  reason: string;
  legs: AskedLeg[] | null;
  reverses: string | null;
  state: AdjustmentState;
  approvalsNeeded: number;
  approvals: { by: string; at: string }[];
  proposedBy: string;
  proposedAt: Date;
  expiresAt: Date;
  endedBy: string | null;
  endedAt: Date | null;
  transferId: string | null;
}

interface AdjustmentRow {
  id: string;
  reason: string;
  legs: AskedLeg[] | null;
  reverses: string | null;
  state: AdjustmentState;
  approvals_needed: number;
  approvals: { by: string; at: string }[];
  proposed_by: string;
  proposed_at: Date;
  expires_at: Date;
  ended_by: string | null;
  ended_at: Date | null;
  transfer_id: string | null;
}

const SELECT = `
  SELECT a.*, coalesce(a.ended, CASE WHEN a.expires_at <= clock_timestamp() THEN 'expired' ELSE 'waiting' END) AS state, t.id AS transfer_id,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('by', p.account_id, 'at', p.approved_at) ORDER BY p.approved_at), '[]')
     FROM adjustment_approvals p WHERE p.adjustment_id = a.id) AS approvals
  FROM adjustments a LEFT JOIN ledger.transfers t ON t.reference = a.id AND t.kind IN (13, 14) AND t.ordinal = 0`;

@Injectable()
export class Adjustments {
  constructor(private readonly dataSource: DataSource) {}

  async insert(
    tx: EntityManager,
    adjustment: Pick<Adjustment, 'id' | 'reason' | 'legs' | 'reverses' | 'approvalsNeeded' | 'proposedBy'> & { lifeMs: number },
  ): Promise<void> {
    await tx.query(
      `INSERT INTO adjustments (id, reason, legs, reverses, approvals_needed, proposed_by, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7 * interval '1 millisecond')`,
      [
        adjustment.id,
        adjustment.reason,
        adjustment.legs === null ? null : JSON.stringify(adjustment.legs),
        adjustment.reverses,
        adjustment.approvalsNeeded,
        adjustment.proposedBy,
        adjustment.lifeMs,
      ],
    );
  }

  /** Locked: approvals of one adjustment come one after the other. */
  async lock(tx: EntityManager, id: string): Promise<Adjustment | undefined> {
    await tx.query('SELECT 1 FROM adjustments WHERE id = $1 FOR UPDATE', [id]);
    return this.byId(id, tx);
  }

  async byId(id: string, tx: Pick<EntityManager, 'query'> = this.dataSource): Promise<Adjustment | undefined> {
    const [row]: AdjustmentRow[] = await tx.query(`${SELECT} WHERE a.id = $1`, [id]);
    return row && adjustmentOf(row);
  }

  async page(before: string | undefined, limit: number): Promise<Adjustment[]> {
    const rows: AdjustmentRow[] = await this.dataSource.query(
      `${SELECT} WHERE $1::uuid IS NULL OR a.id < $1 ORDER BY a.id DESC LIMIT $2`,
      [before ?? null, limit],
    );
    return rows.map(adjustmentOf);
  }

  /** @returns false where this account has approved it already */
  async approve(tx: EntityManager, id: string, accountId: string): Promise<boolean> {
    const rows: unknown[] = await tx.query(
      'INSERT INTO adjustment_approvals (adjustment_id, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1',
      [id, accountId],
    );
    return rows.length > 0;
  }

  async end(tx: EntityManager, id: string, how: 'posted' | 'rejected', accountId: string): Promise<void> {
    await tx.query('UPDATE adjustments SET ended = $2, ended_by = $3, ended_at = clock_timestamp() WHERE id = $1', [
      id,
      how,
      accountId,
    ]);
  }
}

function adjustmentOf(row: AdjustmentRow): Adjustment {
  return {
    id: row.id,
    reason: row.reason,
    legs: row.legs,
    reverses: row.reverses,
    state: row.state,
    approvalsNeeded: row.approvals_needed,
    approvals: row.approvals.map(({ by, at }) => ({ by, at: new Date(at).toISOString() })),
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at,
    expiresAt: row.expires_at,
    endedBy: row.ended_by,
    endedAt: row.ended_at,
    transferId: row.transfer_id,
  };
}
