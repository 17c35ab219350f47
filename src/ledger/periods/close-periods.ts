/**
 * Closes days. A UTC day is final once no transfer of it can still arrive: it has been over for an hour (a posting transaction lives for
 * 30 s at most; the rest is for clocks), and a signed checkpoint covers all its transfers. Closing reads what is final and locks
 * nothing that posting needs.
 */
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Transaction } from '../../database/transaction.js';
import { RecurringWork } from '../../queue/recurring-work.js';

const EVERY_MS = 600_000;
const PATIENCE_MS = 3_600_000;
const DAY_MS = 86_400_000;

interface Checkpoint {
  size: string;
  root: Buffer;
}

@Injectable()
export class ClosePeriods implements OnApplicationBootstrap {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transaction: Transaction,
    private readonly recurringWork: RecurringWork,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.recurringWork.every(EVERY_MS, 'close periods', () => this.run(new Date()));
  }

  /** Closes every day that is due, oldest first, each in its own transaction. */
  async run(now: Date): Promise<void> {
    let day = await this.firstOpen();
    while (day !== undefined && day.getTime() + DAY_MS + PATIENCE_MS <= now.getTime()) {
      const checkpoint = await this.checkpointOver(day);
      if (!checkpoint) return;
      const name = day.toISOString().slice(0, 10);
      await this.transaction.run((tx) =>
        tx.query('SELECT ledger.close_period($1, $2, $3)', [name, checkpoint.size, checkpoint.root]),
      );
      day = new Date(day.getTime() + DAY_MS);
    }
  }

  /** The day behind the last closed one; of none, that of the first transfer. */
  private async firstOpen(): Promise<Date | undefined> {
    const [row]: { day: string | null }[] = await this.dataSource.query(
      `SELECT coalesce((SELECT max(day) + 1 FROM ledger.periods),
         (SELECT (created_at AT TIME ZONE 'UTC')::date FROM ledger.transfers ORDER BY id LIMIT 1))::text AS day`,
    );
    return row?.day ? new Date(`${row.day}T00:00:00.000Z`) : undefined;
  }

  /** The first checkpoint over all that the day can have; none while the sequencer has not passed it. */
  private async checkpointOver(day: Date): Promise<Checkpoint | undefined> {
    const end = new Date(day.getTime() + DAY_MS);
    const [checkpoint]: Checkpoint[] = await this.dataSource.query(
      `SELECT c.size::text, c.root FROM ledger.ids_between($1, $2) r
       JOIN LATERAL (SELECT l.first_index + l.count AS size FROM ledger.leaves l WHERE l.last_id >= r.last_id ORDER BY l.last_id LIMIT 1) s ON true
       JOIN LATERAL (SELECT c.size, c.root FROM ledger.checkpoints c WHERE c.size >= s.size ORDER BY c.size LIMIT 1) c ON true`,
      [day, end],
    );
    return checkpoint;
  }
}
