/**
 * Stake that is a day old goes to its owner, as far as what stays covers 40 median prices; a retired account gets all that is due
 * (TRUST.md §2). Oldest bucket first; one transfer for each bucket and hour, so a run that comes twice releases once.
 */
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { releasesOf } from '#libs/credits/release-stake.js';
import { lockSupply } from '../accounts/supply-lock.js';
import { Transaction } from '../database/transaction.js';
import { Ledger, type TransferRequest } from '../ledger/ledger.js';
import { RecurringWork } from '../queue/recurring-work.js';
import { Settings } from '../settings/settings.js';
import { MedianUnit } from './median-unit.js';

const EVERY_MS = 600_000;
const HOUR_MS = 3_600_000;
const ACCOUNTS_PER_SET = 200;
const FIRST = '00000000-0000-0000-0000-000000000000';

interface OwnerRow {
  owner_id: string;
  stake: string;
  /** Its due buckets, oldest first. */
  hours: Date[];
  amounts: string[];
  /** Deleted, or without a node that is still in service. */
  retired: boolean;
}

@Injectable()
export class ReleaseStake implements OnApplicationBootstrap {
  private readonly logger = new Logger(ReleaseStake.name);

  constructor(
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
    let after: string | undefined = FIRST;
    while (after !== undefined) {
      const from: string = after;
      after = await this.transaction.run((tx) => this.releaseSet(tx, now, from));
    }
  }

  /** @returns behind whom the next set begins; undefined after the last */
  private async releaseSet(tx: EntityManager, now: number, after: string): Promise<string | undefined> {
    const { prices, releaseAfterMs } = this.settings.policy.stake;
    const keepMicro = BigInt(prices) * this.medianUnit.current();
    await lockSupply(tx);
    // A bucket is of its whole hour: its last credit is a day old when a day has passed since the end of it.
    const rows: OwnerRow[] = await tx.query(
      `SELECT k.owner_id, b.balance AS stake, array_agg(k.hour ORDER BY k.hour) AS hours, array_agg(k.amount::text ORDER BY k.hour) AS amounts,
         (a.deleted_at IS NOT NULL OR EXISTS (SELECT 1 FROM nodes n WHERE n.account_id = k.owner_id))
           AND NOT EXISTS (SELECT 1 FROM nodes n JOIN node_records r ON r.node_id = n.id
                           WHERE n.account_id = k.owner_id AND n.revoked_at IS NULL AND r.stage <> 'retired' AND a.deleted_at IS NULL) AS retired
       FROM ledger.buckets k JOIN ledger.balances b ON b.owner_id = k.owner_id AND b.code = 6 JOIN accounts a ON a.id = k.owner_id
       WHERE k.hour <= $1 AND k.owner_id > $2 GROUP BY k.owner_id, b.balance, a.deleted_at ORDER BY k.owner_id LIMIT $3`,
      [new Date(now - releaseAfterMs - HOUR_MS), after, ACCOUNTS_PER_SET],
    );
    const outcomes = await this.ledger.post(
      tx,
      rows.flatMap((row) => releaseTransfers(row, row.retired ? 0n : keepMicro, Math.floor(now / HOUR_MS))),
    );
    for (const outcome of outcomes) {
      // What was released of a bucket this hour is not added to: the next hour releases the rest. Seized meanwhile: nothing is left.
      if (outcome.state === 'refused' && outcome.code !== 'key_conflict')
        this.logger.warn(`a release of stake was refused: ${outcome.detail}`);
    }
    return rows.length === ACCOUNTS_PER_SET ? rows.at(-1)?.owner_id : undefined;
  }
}

function releaseTransfers(row: OwnerRow, keepMicro: bigint, releaseHour: number): TransferRequest[] {
  const due = row.hours.map((hour, place) => ({ hour, amountMicro: BigInt(row.amounts[place] as string) }));
  return releasesOf(due, BigInt(row.stake), keepMicro).map(({ hour, amountMicro }) => ({
    kind: 'release_stake',
    reference: row.owner_id,
    ordinal: releaseOrdinal(releaseHour, hour),
    legs: [
      { balance: { code: 'stake', owner: row.owner_id }, amountMicro: -amountMicro, bucketHour: hour },
      { balance: { code: 'available', owner: row.owner_id }, amountMicro },
    ],
  }));
}

/**
 * Both hours, in digits that can be read: of the release, then of the bucket. A bucket of which only a part may go must be able to
 * give the rest later.
 */
export function releaseOrdinal(releaseHour: number, bucketHour: Date): bigint {
  return BigInt(releaseHour) * 10_000_000n + BigInt(Math.floor(bucketHour.getTime() / HOUR_MS));
}
