/** What each account earned and spent on closed UTC days: counted once a day from the books, kept as long as a rule asks for it. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Transaction } from '../database/transaction.js';
import { type Flow, Flows } from '../ledger/flows.js';
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

  /** What an account earned and spent from this day on: the counted days, and what has come since. */
  async ofAccount(accountId: string, from: number): Promise<AccountFlow> {
    const [last]: { day: string | null }[] = await this.dataSource.query('SELECT max(day)::text AS day FROM counted_days');
    const since = startOf(Math.max(from, last?.day ? dayOfDate(last.day) + 1 : 0));
    return added(await this.counted(accountId, from), await this.flows.ofAccount(accountId, since));
  }

  private async counted(accountId: string, from: number): Promise<AccountFlow> {
    const [row]: Record<string, string>[] = await this.dataSource.query(
      `SELECT coalesce(sum(earned_micro), 0) AS earned, coalesce(sum(spent_micro), 0) AS spent, coalesce(sum(served_jobs), 0) AS served,
         coalesce(sum(submitted_jobs), 0) AS submitted
       FROM account_days WHERE account_id = $1 AND day >= $2`,
      [accountId, dateOf(from)],
    );
    return {
      accountId,
      earnedMicro: BigInt(row?.earned ?? 0),
      spentMicro: BigInt(row?.spent ?? 0),
      servedJobs: Number(row?.served ?? 0),
      submittedJobs: Number(row?.submitted ?? 0),
    };
  }

  /** Everything that a rule looks back on. */
  daysKept(): number {
    const { creditLineDays, allowanceEarnedDays, allowanceSpentDays } = this.settings.policy.supply;
    return Math.max(creditLineDays, allowanceEarnedDays, allowanceSpentDays) + 1;
  }

  private async countDay(day: number, now: Date): Promise<void> {
    const flows = await this.flows.between(startOf(day), startOf(day + 1));
    const accounts = [...byAccount(flows).values()];
    const sources = flows.filter(({ earnedMicro }) => earnedMicro > 0n);
    await this.transaction.run(async (tx) => {
      await lockSupply(tx);
      const fresh: unknown[] = await tx.query(
        'INSERT INTO counted_days (day, counted_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1',
        [dateOf(day), now],
      );
      if (fresh.length === 0) return;
      await tx.query(
        `INSERT INTO account_days (day, account_id, earned_micro, spent_micro, served_jobs, submitted_jobs)
         SELECT $1::date, * FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::integer[], $6::integer[])`,
        [
          dateOf(day),
          accounts.map(({ accountId }) => accountId),
          accounts.map(({ earnedMicro }) => earnedMicro),
          accounts.map(({ spentMicro }) => spentMicro),
          accounts.map(({ servedJobs }) => servedJobs),
          accounts.map(({ submittedJobs }) => submittedJobs),
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

/** Over all submitters. */
function byAccount(flows: Flow[]): Map<string, AccountFlow> {
  const accounts = new Map<string, AccountFlow>();
  for (const flow of flows) accounts.set(flow.accountId, added(flow, accounts.get(flow.accountId)));
  return accounts;
}

export type AccountFlow = Omit<Flow, 'submitterId'>;

export function added(flow: AccountFlow, to: AccountFlow | undefined): AccountFlow {
  return {
    accountId: flow.accountId,
    earnedMicro: flow.earnedMicro + (to?.earnedMicro ?? 0n),
    spentMicro: flow.spentMicro + (to?.spentMicro ?? 0n),
    servedJobs: flow.servedJobs + (to?.servedJobs ?? 0),
    submittedJobs: flow.submittedJobs + (to?.submittedJobs ?? 0),
  };
}
