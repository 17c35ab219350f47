/** The tables of the allowance: a day's plan is written once, whole, and is the same for whoever posts it and whoever reads it. */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Allowance } from '#libs/credits/allowance.js';
import { dateOf, dayOfDate } from '../accounts/utc-days.js';
import { transferKinds } from '../ledger/kinds.js';
import type { DayUsage } from './day-usage.js';

export interface AllowanceDay extends DayUsage {
  day: number;
  eligible: number;
  issuedMicro: bigint;
  donatedMicro: bigint;
  postedAt: Date | null;
}

export type AllowanceRow = Omit<Allowance, 'weightMicro'>;

interface DayRow {
  day: string;
  capacity_ms: string;
  busy_ms: string;
  eligible: number;
  issued_micro: string;
  donated_micro: string;
  posted_at: Date | null;
}

const DAY_COLUMNS = 'day::text, capacity_ms, busy_ms, eligible, issued_micro, donated_micro, posted_at';

@Injectable()
export class Allowances {
  constructor(private readonly dataSource: DataSource) {}

  async insert(tx: EntityManager, plan: Omit<AllowanceDay, 'postedAt'>, allowances: Allowance[]): Promise<void> {
    await tx.query(
      `INSERT INTO allowance_days (day, capacity_ms, busy_ms, eligible, issued_micro, donated_micro) VALUES ($1, $2, $3, $4, $5, $6)`,
      [dateOf(plan.day), plan.capacityMs, plan.busyMs, plan.eligible, plan.issuedMicro, plan.donatedMicro],
    );
    const given = allowances.filter(({ issuedMicro, donatedMicro }) => issuedMicro + donatedMicro > 0n);
    await tx.query(
      `INSERT INTO allowances (day, account_id, weight_micro, issued_micro, donated_micro)
       SELECT $1::date, * FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[])`,
      [
        dateOf(plan.day),
        given.map(({ accountId }) => accountId),
        given.map(({ weightMicro }) => weightMicro),
        given.map(({ issuedMicro }) => issuedMicro),
        given.map(({ donatedMicro }) => donatedMicro),
      ],
    );
  }

  /** Newest first, below `before`. */
  async days(limit: number, before?: number): Promise<AllowanceDay[]> {
    const rows: DayRow[] = await this.dataSource.query(
      `SELECT ${DAY_COLUMNS} FROM allowance_days WHERE $2::date IS NULL OR day < $2 ORDER BY day DESC LIMIT $1`,
      [limit, before === undefined ? null : dateOf(before)],
    );
    return rows.map(dayOfRow);
  }

  async day(day: number, tx: EntityManager = this.dataSource.manager): Promise<AllowanceDay | undefined> {
    const [row]: DayRow[] = await tx.query(`SELECT ${DAY_COLUMNS} FROM allowance_days WHERE day = $1`, [dateOf(day)]);
    return row && dayOfRow(row);
  }

  async unposted(): Promise<number[]> {
    const rows: { day: string }[] = await this.dataSource.query(
      'SELECT day::text FROM allowance_days WHERE posted_at IS NULL ORDER BY day',
    );
    return rows.map((row) => dayOfDate(row.day));
  }

  /** Who gets what of a day, by account id, behind `after`. */
  async ofDay(day: number, limit: number, after?: string): Promise<AllowanceRow[]> {
    return rowsOf(
      await this.dataSource.query(
        `SELECT account_id, issued_micro, donated_micro FROM allowances
         WHERE day = $1 AND ($3::uuid IS NULL OR account_id > $3) ORDER BY account_id LIMIT $2`,
        [dateOf(day), limit, after ?? null],
      ),
    );
  }

  /** What of a day is not in the books yet, behind `after`. */
  async dueOfDay(tx: EntityManager, day: number, limit: number, after: string): Promise<AllowanceRow[]> {
    return rowsOf(
      await tx.query(
        `SELECT a.account_id, a.issued_micro, a.donated_micro FROM allowances a
         WHERE a.day = $1 AND a.account_id > $2
           AND NOT EXISTS (SELECT 1 FROM ledger.transfers t WHERE t.reference = a.account_id AND t.kind = $4 AND t.ordinal = $5)
         ORDER BY a.account_id LIMIT $3`,
        [dateOf(day), after, limit, transferKinds.allowance.code, day],
      ),
    );
  }

  async markPosted(day: number, at: Date): Promise<void> {
    await this.dataSource.query('UPDATE allowance_days SET posted_at = coalesce(posted_at, $2) WHERE day = $1', [
      dateOf(day),
      at,
    ]);
  }

  /** What was donated so far and not yet planned to be paid out. */
  async undistributed(tx: EntityManager): Promise<bigint> {
    const [row]: { left: string }[] = await tx.query(
      `SELECT (SELECT coalesce(sum(donated_micro), 0) FROM counted_days) - (SELECT coalesce(sum(donated_micro), 0) FROM allowance_days) AS left`,
    );
    return BigInt(row?.left ?? 0);
  }
}

function dayOfRow(row: DayRow): AllowanceDay {
  return {
    day: dayOfDate(row.day),
    capacityMs: Number(row.capacity_ms),
    busyMs: Number(row.busy_ms),
    eligible: row.eligible,
    issuedMicro: BigInt(row.issued_micro),
    donatedMicro: BigInt(row.donated_micro),
    postedAt: row.posted_at,
  };
}

function rowsOf(rows: { account_id: string; issued_micro: string; donated_micro: string }[]): AllowanceRow[] {
  return rows.map((row) => ({
    accountId: row.account_id,
    issuedMicro: BigInt(row.issued_micro),
    donatedMicro: BigInt(row.donated_micro),
  }));
}
