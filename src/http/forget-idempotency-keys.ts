/** Keys are kept for a day; what is older goes, a set at a time. */
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { RecurringWork } from '../queue/recurring-work.js';
import { Settings } from '../settings/settings.js';

const EVERY_MS = 3_600_000;
const PER_SET = 5_000;

@Injectable()
export class ForgetIdempotencyKeys implements OnApplicationBootstrap {
  constructor(
    private readonly dataSource: DataSource,
    private readonly recurringWork: RecurringWork,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.recurringWork.every(EVERY_MS, 'forget idempotency keys', () => this.run());
  }

  async run(): Promise<void> {
    for (;;) {
      const [, count]: [unknown, number] = await this.dataSource.query(
        `DELETE FROM idempotency_keys k USING (
           SELECT scope, route, key FROM idempotency_keys WHERE created_at < now() - $1 * interval '1 hour' ORDER BY created_at LIMIT $2
         ) old WHERE k.scope = old.scope AND k.route = old.route AND k.key = old.key`,
        [this.settings.policy.api.idempotencyKeyHours, PER_SET],
      );
      if (count < PER_SET) return;
    }
  }
}
