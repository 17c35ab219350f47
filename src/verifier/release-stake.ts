/**
 * Stake that is a day old goes to its owner, as far as what stays covers 40 median prices (TRUST.md §2). Oldest buckets first; one
 * transfer an account and hour, so a run that comes twice releases once.
 */
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Transaction } from '../database/transaction.js';
import { Ledger, type TransferRequest } from '../ledger/ledger.js';
import { RecurringWork } from '../queue/recurring-work.js';
import { Settings } from '../settings/settings.js';
import { MedianUnit } from './median-unit.js';

const EVERY_MS = 600_000;
const HOUR_MS = 3_600_000;
const ACCOUNTS_PER_SET = 200;

@Injectable()
export class ReleaseStake implements OnApplicationBootstrap {
  private readonly logger = new Logger(ReleaseStake.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly transaction: Transaction,
    private readonly ledger: Ledger,
    private readonly medianUnit: MedianUnit,
    private readonly recurringWork: RecurringWork,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.recurringWork.every(EVERY_MS, 'release stake', () => this.run());
  }

  async run(now = Date.now()): Promise<void> {
    const { prices, releaseAfterMs } = this.settings.policy.stake;
    const keepMicro = BigInt(prices) * this.medianUnit.current();
    const dueBefore = new Date(now - releaseAfterMs);
    let after = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const due: { owner_id: string; due: string; stake: string }[] = await this.dataSource.query(
        `SELECT k.owner_id, sum(k.amount)::text AS due, b.balance::text AS stake
         FROM ledger.buckets k JOIN ledger.balances b ON b.owner_id = k.owner_id AND b.code = 6
         WHERE k.hour <= $1 AND k.owner_id > $2 GROUP BY k.owner_id, b.balance ORDER BY k.owner_id LIMIT $3`,
        [dueBefore, after, ACCOUNTS_PER_SET],
      );
      const transfers = due.flatMap((row) => releaseOf(row, keepMicro, BigInt(Math.floor(now / HOUR_MS))));
      const outcomes = await this.transaction.run((tx) => this.ledger.post(tx, transfers));
      for (const outcome of outcomes)
        if (outcome.state === 'refused') this.logger.warn(`a release of stake was refused: ${outcome.detail}`);
      if (due.length < ACCOUNTS_PER_SET) return;
      after = due.at(-1)?.owner_id as string;
    }
  }
}

function releaseOf(row: { owner_id: string; due: string; stake: string }, keepMicro: bigint, hour: bigint): TransferRequest[] {
  const spare = BigInt(row.stake) - keepMicro;
  const amountMicro = BigInt(row.due) < spare ? BigInt(row.due) : spare;
  if (amountMicro <= 0n) return [];
  return [
    {
      kind: 'release_stake',
      reference: row.owner_id,
      ordinal: hour,
      legs: [
        { balance: { code: 'stake', owner: row.owner_id }, amountMicro: -amountMicro },
        { balance: { code: 'available', owner: row.owner_id }, amountMicro },
      ],
    },
  ];
}
