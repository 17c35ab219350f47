/**
 * How many jobs were settled lately, by minute. Each process reads every transfer once, in short ranges behind the last one it has read,
 * and only the last minute again: what is dated there may still be on its way to a commit.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { transferKinds } from '../ledger/kinds.js';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const TRANSFERS_PER_READ = 50_000n;

@Injectable()
export class SettledCounts {
  /** By minute since 1970. */
  private readonly minutes = new Map<number, number>();
  /** The first transfer that is not in the minutes. */
  private next: bigint | undefined;

  constructor(private readonly dataSource: DataSource) {}

  async read(now: Date): Promise<{ lastHour: number; lastDay: number }> {
    const [ids]: { old: string; recent: string; end: string }[] = await this.dataSource.query(
      `SELECT ledger.last_id_before($1) + 1 AS old, ledger.last_id_before($2) + 1 AS recent,
         (SELECT coalesce(max(id), 0) + 1 FROM ledger.transfers) AS end`,
      [new Date(now.getTime() - DAY_MINUTES * MINUTE_MS), new Date(now.getTime() - MINUTE_MS)],
    );
    const [old, recent, end] = [BigInt(ids?.old ?? 1), BigInt(ids?.recent ?? 1), BigInt(ids?.end ?? 1)];
    await this.count(this.next ?? old, recent, this.minutes);
    this.next = recent;
    const tail = new Map<number, number>();
    await this.count(recent, end, tail);
    const thisMinute = Math.floor(now.getTime() / MINUTE_MS);
    for (const minute of this.minutes.keys()) if (minute <= thisMinute - DAY_MINUTES) this.minutes.delete(minute);
    return { lastHour: sumSince(thisMinute - 59, this.minutes, tail), lastDay: sumSince(0, this.minutes, tail) };
  }

  private async count(from: bigint, to: bigint, into: Map<number, number>): Promise<void> {
    for (let at = from; at < to; at += TRANSFERS_PER_READ) {
      const rows: { minute: string; settled: string }[] = await this.dataSource.query(
        `SELECT floor(extract(epoch FROM created_at) / 60)::bigint AS minute, count(*) AS settled FROM ledger.transfers
         WHERE id >= $1 AND id < $2 AND kind = $3 GROUP BY 1`,
        [at, at + TRANSFERS_PER_READ < to ? at + TRANSFERS_PER_READ : to, transferKinds.settle.code],
      );
      for (const row of rows) into.set(Number(row.minute), (into.get(Number(row.minute)) ?? 0) + Number(row.settled));
    }
  }
}

function sumSince(first: number, ...counts: ReadonlyMap<number, number>[]): number {
  return counts.flatMap((minutes) => [...minutes]).reduce((sum, [minute, count]) => (minute >= first ? sum + count : sum), 0);
}
