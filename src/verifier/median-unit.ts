/**
 * The median unit of what settled in the last 24 hours: the measure of stakes and of how much an agreement weighs. Read once a
 * minute over at most 10,000 outcomes, newest first; a day's median does not move faster.
 */
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../settings/settings.js';

const REFRESH_MS = 60_000;

@Injectable()
export class MedianUnit implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private unitMicro: bigint;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataSource: DataSource,
    settings: Settings,
  ) {
    this.unitMicro = settings.policy.price.startMedianUnitMicro;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.refresh();
    this.timer = setInterval(() => void this.refresh().catch(() => undefined), REFRESH_MS);
    this.timer.unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  current(): bigint {
    return this.unitMicro;
  }

  private async refresh(): Promise<void> {
    const [row]: { median: string | null }[] = await this.dataSource.query(
      `SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY unit_micro)::text AS median FROM (
         SELECT unit_micro FROM job_outcomes
         WHERE revision = 1 AND unit_micro IS NOT NULL AND finished_at > now() - interval '24 hours'
         ORDER BY job_id DESC LIMIT 10000
       ) recent`,
    );
    if (row?.median) this.unitMicro = BigInt(row.median);
  }
}
