/**
 * Gives the credit lines (TRUST.md §6): the first one shortly after an account's first checked result, all of them anew once a day. All
 * lines together stay within a tenth of commons and stakes; where they do not, new ones wait.
 */
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { assignLines, type LineHolder, lineCap } from '#libs/credits/credit-line.js';
import { Transaction } from '../database/transaction.js';
import { Settings } from '../settings/settings.js';
import { CreditLines } from './credit-lines.js';
import { lockSupply } from './supply-lock.js';
import { dateOf, dayOf } from './utc-days.js';

interface HolderRow {
  account_id: string;
  checked_at: Date;
  line: string;
  debt: string;
  earned: string;
  deleted: boolean;
}

@Injectable()
export class AssignLines implements BeforeApplicationShutdown {
  private readonly logger = new Logger(AssignLines.name);
  private running: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly transaction: Transaction,
    private readonly creditLines: CreditLines,
    private readonly settings: Settings,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    await this.running;
  }

  /** Somebody waits for a first line. A failure is made good by the next recurring run. */
  wake(): void {
    this.again = true;
    this.running ??= this.runWhileWoken()
      .catch((error: unknown) => this.logger.error(error))
      .finally(() => {
        this.running = undefined;
      });
  }

  /** All lines, where a day was counted since; else those that wait. */
  async run(now: Date): Promise<void> {
    const changed = await this.transaction.run(async (tx) => {
      await lockSupply(tx);
      const [due]: { waiting: boolean; stale: boolean }[] = await tx.query(
        `SELECT EXISTS (SELECT 1 FROM credit_lines WHERE computed_at IS NULL) AS waiting,
           EXISTS (SELECT 1 FROM credit_lines WHERE computed_at < (SELECT max(counted_at) FROM counted_days)) AS stale`,
      );
      if (due?.stale) return this.assign(tx, now, 'all');
      return due?.waiting ? this.assign(tx, now, 'waiting') : false;
    });
    if (changed) this.creditLines.forget();
  }

  private async runWhileWoken(): Promise<void> {
    while (this.again) {
      this.again = false;
      await this.run(new Date());
    }
  }

  private async assign(tx: EntityManager, now: Date, which: 'all' | 'waiting'): Promise<boolean> {
    const { supply } = this.settings.policy;
    const [sums]: { commons: string; stakes: string; others: string }[] = await tx.query(
      `SELECT (SELECT balance FROM ledger.balances WHERE id = 2) AS commons,
         (SELECT coalesce(sum(amount), 0) FROM ledger.buckets) AS stakes,
         (SELECT coalesce(sum(greatest(l.line_micro, -b.balance)), 0) FROM credit_lines l
          JOIN ledger.balances b ON b.owner_id = l.account_id AND b.code = 4
          WHERE $1 AND l.computed_at IS NOT NULL) AS others`,
      [which === 'waiting'],
    );
    const rows: HolderRow[] = await tx.query(
      `SELECT l.account_id, l.checked_at, l.line_micro AS line, greatest(0, -b.balance) AS debt, coalesce(d.earned, 0) AS earned,
         a.deleted_at IS NOT NULL AS deleted
       FROM credit_lines l JOIN accounts a ON a.id = l.account_id JOIN ledger.balances b ON b.owner_id = l.account_id AND b.code = 4
       LEFT JOIN LATERAL (
         SELECT sum(earned_micro) AS earned FROM account_days d WHERE d.account_id = l.account_id AND d.day >= $2
       ) d ON true
       WHERE NOT $1 OR l.computed_at IS NULL`,
      [which === 'waiting', dateOf(dayOf(now) - supply.creditLineDays)],
    );
    const backing = { commonsMicro: BigInt(sums?.commons ?? 0), stakesMicro: BigInt(sums?.stakes ?? 0) };
    const lines = assignLines(rows.map(holderOf), lineCap(backing, supply) - BigInt(sums?.others ?? 0), supply, now);
    await tx.query(
      `UPDATE credit_lines l SET line_micro = i.line, computed_at = $3 FROM unnest($1::uuid[], $2::bigint[]) AS i(account, line)
       WHERE l.account_id = i.account`,
      [[...lines.keys()], [...lines.values()], now],
    );
    return rows.length > 0;
  }
}

function holderOf(row: HolderRow): LineHolder {
  return {
    accountId: row.account_id,
    // A deleted account begins nothing new and has earned nothing that counts.
    checkedAt: row.deleted ? new Date(0) : row.checked_at,
    earnedMicro: row.deleted ? 0n : BigInt(row.earned),
    lineMicro: BigInt(row.line),
    debtMicro: BigInt(row.debt),
  };
}
