/** How far the log is behind the books: for metrics and the alarm. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Sequencing takes a fraction of a second; this long, something is wrong: a gap that stays, a stopped sequencer. */
export const LAG_ALARM_MS = 5_000;

@Injectable()
export class LogLag {
  constructor(private readonly dataSource: DataSource) {}

  /** Age of the oldest transfer without a leaf; 0: there is none. */
  async lagMs(): Promise<number> {
    const [row]: { lag: number }[] = await this.dataSource.query(
      `SELECT greatest(0, extract(epoch FROM clock_timestamp() - t.created_at) * 1000)::float8 AS lag
       FROM ledger.log_state s CROSS JOIN LATERAL (
         SELECT created_at FROM ledger.transfers WHERE id > s.last_id ORDER BY id LIMIT 1
       ) t`,
    );
    return row?.lag ?? 0;
  }
}
