/** Inputs and outputs are kept for 7 days, their digests for ever. Old ones go by the time in their job's id, a set at a time. */
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { RecurringWork } from '../queue/recurring-work.js';
import { Settings } from '../settings/settings.js';

const EVERY_MS = 3_600_000;
const PER_SET = 2_000;

@Injectable()
export class DropPayloads implements OnApplicationBootstrap {
  constructor(
    private readonly dataSource: DataSource,
    private readonly recurringWork: RecurringWork,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.recurringWork.every(EVERY_MS, 'drop payloads', () => this.run());
  }

  async run(now = Date.now()): Promise<void> {
    const before = firstIdOf(now - this.settings.policy.api.payloadRetentionMs);
    for (;;) {
      const [, count]: [unknown, number] = await this.dataSource.query(
        `DELETE FROM job_payloads p USING (
           SELECT q.job_id, q.digest FROM job_payloads q WHERE q.job_id < $1
             AND NOT EXISTS (SELECT 1 FROM open_jobs o WHERE o.job_id = q.job_id) ORDER BY q.job_id LIMIT $2
         ) old WHERE p.job_id = old.job_id AND p.digest = old.digest`,
        [before, PER_SET],
      );
      if (count < PER_SET) break;
    }
    await this.dataSource.query(`DELETE FROM lease_returns WHERE returned_at < now() - interval '1 day'`);
  }
}

/** The least UUIDv7 of this millisecond (RFC 9562 §5.7). */
function firstIdOf(time: number): string {
  const hex = Math.max(0, Math.floor(time)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
