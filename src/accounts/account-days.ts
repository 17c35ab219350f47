/** What each account earned and spent on closed UTC days: counted once a day from the books, kept as long as a rule asks for it. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Transaction } from '../database/transaction.js';
import { Flows } from '../ledger/flows.js';
import { Settings } from '../settings/settings.js';
import { lockSupply } from './supply-lock.js';
import { dateOf, dayOf, dayOfDate, startOf } from './utc-days.js';

/** A day is counted when nothing dated in it can still be on its way to a commit. */
const CLOSED_AFTER_MS = 300_000;

export interface CountedDay {
  day: number;
  donatedAt: Date | null;
}

@Injectable()
export class AccountDays {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transaction: Transaction,
    private readonly flows: Flows,
    private readonly settings: Settings,
  ) {}

  /** Counts the closed days that are not counted yet, oldest first. */
  async count(now: Date): Promise<void> {
    const last = dayOf(new Date(now.getTime() - CLOSED_AFTER_MS)) - 1;
    const beganAt = await this.flows.beganAt();
    if (!beganAt) return;
    const oldest = Math.max(dayOf(beganAt), last - this.daysKept() + 1);
    const counted = new Set((await this.countedDays(oldest)).map(({ day }) => day));
    for (let day = oldest; day <= last; day += 1) if (!counted.has(day)) await this.countDay(day, now);
    if (counted.size > 0) await this.forget(last);
  }

  /** Counted days from this one on, oldest first. */
  async countedDays(from: number): Promise<CountedDay[]> {
    const rows: { day: string; donated_at: Date | null }[] = await this.dataSource.query(
      'SELECT day::text, donated_at FROM counted_days WHERE day >= $1 ORDER BY day',
      [dateOf(from)],
    );
    return rows.map((row) => ({ day: dayOfDate(row.day), donatedAt: row.donated_at }));
  }

  /** Everything that a rule looks back on. */
  daysKept(): number {
    const { creditLineDays, allowanceEarnedDays, allowanceSpentDays } = this.settings.policy.supply;
    return Math.max(creditLineDays, allowanceEarnedDays, allowanceSpentDays) + 1;
  }

  private async countDay(day: number, now: Date): Promise<void> {
    const flows = await this.flows.between(startOf(day), startOf(day + 1));
    const accounts = new Map<string, { earned: bigint; spent: bigint }>();
    for (const { accountId, earnedMicro, spentMicro } of flows) {
      const known = accounts.get(accountId);
      accounts.set(accountId, { earned: (known?.earned ?? 0n) + earnedMicro, spent: (known?.spent ?? 0n) + spentMicro });
    }
    const sources = flows.filter(({ earnedMicro }) => earnedMicro > 0n);
    await this.transaction.run(async (tx) => {
      await lockSupply(tx);
      const fresh: unknown[] = await tx.query(
        'INSERT INTO counted_days (day, counted_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1',
        [dateOf(day), now],
      );
      if (fresh.length === 0) return;
      await tx.query(
        `INSERT INTO account_days (day, account_id, earned_micro, spent_micro)
         SELECT $1::date, * FROM unnest($2::uuid[], $3::bigint[], $4::bigint[])`,
        [
          dateOf(day),
          [...accounts.keys()],
          [...accounts.values()].map(({ earned }) => earned),
          [...accounts.values()].map(({ spent }) => spent),
        ],
      );
      await tx.query(
        `INSERT INTO account_day_sources (day, account_id, submitter_id, earned_micro)
         SELECT $1::date, * FROM unnest($2::uuid[], $3::uuid[], $4::bigint[])`,
        [
          dateOf(day),
          sources.map(({ accountId }) => accountId),
          sources.map(({ submitterId }) => submitterId),
          sources.map(({ earnedMicro }) => earnedMicro),
        ],
      );
    });
  }

  private async forget(lastDay: number): Promise<void> {
    const before = dateOf(lastDay - this.daysKept());
    await this.dataSource.query('DELETE FROM account_days WHERE day < $1', [before]);
    await this.dataSource.query('DELETE FROM account_day_sources WHERE day < $1', [before]);
  }
}
