/** The state of the books for Prometheus: any process answers for all, as the sweep keeps it in the database. */
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Metrics } from '../http/metrics.js';
import { LogLag } from '../ledger/log/log-lag.js';
import { LawStates } from './law-states.js';
import { SweepProgress } from './sweep-progress.js';

@Injectable()
export class BooksMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly states: LawStates,
    private readonly progress: SweepProgress,
    private readonly logLag: LogLag,
  ) {}

  onModuleInit(): void {
    this.metrics.gauge(
      'ledger_invariant_ok',
      '1: the law of the books held when it was last checked; 0: it is broken',
      async () => (await this.states.read()).map(({ id, ok }) => ({ labels: { law: id }, value: ok ? 1 : 0 })),
    );
    this.metrics.gauge('ledger_violations_total', 'How often a check found the law broken', async () =>
      (await this.states.read()).map(({ id, violations }) => ({ labels: { law: id }, value: Number(violations) })),
    );
    this.metrics.gauge('ledger_last_check_age_seconds', 'Since the last sweep of the books ended', async () => {
      const { sweptAt } = await this.progress.read();
      return sweptAt === null ? [] : [{ value: Math.max(0, (Date.now() - sweptAt.getTime()) / 1_000) }];
    });
    this.metrics.gauge('ledger_unchecked_transfers', 'Ids of transfers that the sweep has not come to', async () => [
      { value: Number((await this.progress.read()).behind) },
    ]);
    this.metrics.gauge('ledger_log_lag_ms', 'Age of the oldest transfer that has no leaf in the log yet', async () => [
      { value: await this.logLag.lagMs() },
    ]);
    this.metrics.gauge('ledger_overdue_holds', 'Holds still open an hour after the deadlines of their jobs', async () => [
      { value: (await this.progress.read()).overdueHolds },
    ]);
  }
}
