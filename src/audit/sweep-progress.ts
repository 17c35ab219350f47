/** How far the sweep has come, and whose turn it is: one process at a time, whatever its number; a dead one's turn runs out. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { newId } from '#libs/signing/ids.js';

/** Longer than a sweep may take, shorter than an alarm may be late. */
const TURN_MS = 45_000;

export interface Turn {
  id: string;
  transfersTo: string;
  /** null: nothing was swept yet. */
  finishedTo: string | null;
  roundTransfer: string;
  roundBalance: string;
  roundJob: string;
  /** Leaves of the log that were checked as they came, and where the round over them is. */
  logTo: number;
  roundLeaf: number;
}

export interface Swept extends Omit<Turn, 'id'> {
  overdueHolds: number;
}

@Injectable()
export class SweepProgress {
  constructor(private readonly dataSource: DataSource) {}

  /** undefined: another process has the turn. */
  async take(): Promise<Turn | undefined> {
    const turn = newId();
    const [rows]: [Record<string, string | null>[], number] = await this.dataSource.query(
      `UPDATE sweep_progress SET turn = $1, busy_until = clock_timestamp() + $2 * interval '1 millisecond'
       WHERE id = 1 AND busy_until < clock_timestamp()
       RETURNING transfers_to, CASE WHEN isfinite(finished_to) THEN finished_to::text END AS finished_to, round_transfer, round_balance, round_job, log_to, round_leaf`,
      [turn, TURN_MS],
    );
    const [row] = rows;
    if (!row) return undefined;
    return {
      id: turn,
      transfersTo: row.transfers_to as string,
      finishedTo: row.finished_to ?? null,
      roundTransfer: row.round_transfer as string,
      roundBalance: row.round_balance as string,
      roundJob: row.round_job as string,
      logTo: Number(row.log_to),
      roundLeaf: Number(row.round_leaf),
    };
  }

  /** Changes nothing where the turn ran out meanwhile: another process checks the same again. */
  async end(turn: Turn, swept: Swept): Promise<void> {
    await this.dataSource.query(
      `UPDATE sweep_progress SET turn = NULL, busy_until = '-infinity', swept_at = clock_timestamp(), transfers_to = $2,
         finished_to = coalesce($3::timestamptz, finished_to), round_transfer = $4, round_balance = $5, round_job = $6, overdue_holds = $7, log_to = $8, round_leaf = $9
       WHERE id = 1 AND turn = $1`,
      [
        turn.id,
        swept.transfersTo,
        swept.finishedTo,
        swept.roundTransfer,
        swept.roundBalance,
        swept.roundJob,
        swept.overdueHolds,
        swept.logTo,
        swept.roundLeaf,
      ],
    );
  }

  async giveUp(turn: Turn): Promise<void> {
    await this.dataSource.query(`UPDATE sweep_progress SET turn = NULL, busy_until = '-infinity' WHERE id = 1 AND turn = $1`, [
      turn.id,
    ]);
  }

  async read(): Promise<{ sweptAt: Date | null; behind: bigint; overdueHolds: number }> {
    const [row]: { swept_at: Date | null; behind: string; overdue_holds: number }[] = await this.dataSource.query(
      `SELECT swept_at, overdue_holds, greatest(0, (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ledger.transfer_ids) - greatest(transfers_to, 0)) AS behind
       FROM sweep_progress WHERE id = 1`,
    );
    return { sweptAt: row?.swept_at ?? null, behind: BigInt(row?.behind ?? 0), overdueHolds: row?.overdue_holds ?? 0 };
  }
}
