/**
 * The integrity report. By default what the sweep knows, of each law with the range and time last checked; on demand a full check
 * now, slice by slice. One full check runs at a time; it goes on, and is recorded, when its caller has gone.
 */
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../settings/settings.js';
import type { IntegrityDto } from './audit.dto.js';
import { checkEverything } from './check-everything.js';
import { LawStates } from './law-states.js';
import { booksLaws, lawIds } from './laws.js';
import type { Query } from './slices.js';
import { SweepBooks } from './sweep-books.js';
import { SweepLog } from './sweep-log.js';
import { SweepProgress } from './sweep-progress.js';

@Injectable()
export class CheckBooks {
  private readonly logger = new Logger(CheckBooks.name);
  private running: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
    private readonly states: LawStates,
    private readonly progress: SweepProgress,
    private readonly sweepBooks: SweepBooks,
    private readonly sweepLog: SweepLog,
  ) {}

  async report(): Promise<IntegrityDto> {
    let { sweptAt, overdueHolds, behind } = await this.progress.read();
    if (sweptAt === null && (await this.sweepBooks.run())) ({ sweptAt, overdueHolds, behind } = await this.progress.read());
    const known = new Map((await this.states.read()).map((state) => [state.id, state]));
    const invariants = [...new Set([...lawIds, ...known.keys()])].map((id) => {
      const state = known.get(id);
      if (!state)
        return { id, ok: false, range: 'nothing yet', checkedAt: null, detail: 'not checked yet; ask for a full check' };
      return {
        id,
        ok: state.ok,
        range: state.range,
        checkedAt: state.checkedAt.toISOString(),
        ...(state.fullAt ? { fullRange: state.fullRange ?? '', fullCheckedAt: state.fullAt.toISOString() } : {}),
        ...(state.ok ? {} : { detail: state.detail ?? '', brokenSince: state.brokenSince?.toISOString() ?? '' }),
      };
    });
    return {
      ok: invariants.every(({ ok }) => ok),
      checkedAt: latest(
        sweptAt,
        [...known.values()].map(({ fullAt }) => fullAt),
      ).toISOString(),
      overdueHolds,
      behind: behind.toString(),
      invariants,
    };
  }

  async full(): Promise<IntegrityDto> {
    this.running ??= this.check().finally(() => {
      this.running = undefined;
    });
    await this.running;
    return this.report();
  }

  private async check(): Promise<void> {
    const [now]: { at: Date; transfers: string }[] = await this.dataSource.query(
      'SELECT clock_timestamp() AS at, (SELECT coalesce(max(id), 0) FROM ledger.transfers)::text AS transfers',
    );
    const laws = booksLaws({ lineMaxMicro: this.settings.policy.supply.creditLineMaxMicro });
    const query: Query = (sql, values) => this.dataSource.query(sql, values);
    const offenders = await checkEverything(query, laws);
    await this.sweepLog.full(offenders);
    const range = `everything up to transfer ${now?.transfers ?? 0}`;
    const ranges = new Map([...laws.map(({ id }) => id), 'I13'].map((id) => [id, range]));
    await this.states.record({ kind: 'full', beganAt: now?.at ?? new Date(), ranges, offenders });
    for (const id of offenders.ids) this.logger.error(`a full check finds that the books break ${id}: ${offenders.detail(id)}`);
  }
}

/** When the books were last looked at as a whole: by the last sweep, or by a full check of every law since. */
function latest(sweptAt: Date | null, fullAt: (Date | null)[]): Date {
  const swept = sweptAt?.getTime() ?? 0;
  const full = fullAt.length < lawIds.length ? 0 : Math.min(...fullAt.map((at) => at?.getTime() ?? 0));
  return new Date(Math.max(swept, full));
}
