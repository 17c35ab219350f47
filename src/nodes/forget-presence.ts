/** Beats count for a week and enrolment tokens for minutes; what is older goes. Of a node's words about the log the last stays. */
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { RecurringWork } from '../queue/recurring-work.js';
import { Settings } from '../settings/settings.js';

const EVERY_MS = 6 * 3_600_000;

@Injectable()
export class ForgetPresence implements OnApplicationBootstrap {
  constructor(
    private readonly dataSource: DataSource,
    private readonly recurringWork: RecurringWork,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.recurringWork.every(EVERY_MS, 'forget presence', () => this.run());
  }

  async run(): Promise<void> {
    await this.dataSource.query(`DELETE FROM presence_hours WHERE hour < now() - ($1 + 3600000) * interval '1 millisecond'`, [
      this.settings.policy.presence.windowMs,
    ]);
    await this.dataSource.query(
      `DELETE FROM cosignatures c WHERE hour < now() - $1 * interval '1 millisecond' AND EXISTS (
         SELECT 1 FROM cosignatures later WHERE later.node_id = c.node_id AND later.known = c.known AND later.hour > c.hour)`,
      [this.settings.policy.presence.windowMs],
    );
    await this.dataSource.query(`DELETE FROM enrolments WHERE expires_at < now() - interval '1 day'`);
  }
}
