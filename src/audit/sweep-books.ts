/**
 * Checks the laws as history grows: what came since the last sweep, every half minute, so that a violation is known within one.
 * Besides, each sweep checks one more slice of the old history, so that all of it is proven again in rounds (ten million entries
 * in a day), and the live state as a whole. Reads by index and in bounded slices only.
 */
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Offenders } from '../ledger/offenders.js';
import { RecurringWork } from '../queue/recurring-work.js';
import { Settings } from '../settings/settings.js';
import { LawStates } from './law-states.js';
import { type BooksLaw, booksLaws } from './laws.js';
import { type Mark, settledMark } from './settled-mark.js';
import { highest, lowest, type Query, type Sliced, Slices } from './slices.js';
import { SweepLog } from './sweep-log.js';
import { SweepProgress, type Swept, type Turn } from './sweep-progress.js';

const EVERY_MS = 30_000;
/** What is left over comes with the next sweep: a backlog must not outlast the turn. */
const BUDGET_MS = 15_000;
const NEW_TRANSFERS = 20_000;
const ROUND = { transfers: 5_000, balances: 5_000, jobs: 2_000 };
/** Before the first sweep; older jobs come with the rounds. */
const FIRST_LOOK = '10 minutes';

@Injectable()
export class SweepBooks implements OnApplicationBootstrap {
  private readonly logger = new Logger(SweepBooks.name);
  private readonly laws: readonly BooksLaw[];
  private readonly query: Query;
  private readonly slices: Slices;

  constructor(
    dataSource: DataSource,
    settings: Settings,
    private readonly progress: SweepProgress,
    private readonly states: LawStates,
    private readonly sweepLog: SweepLog,
    private readonly recurringWork: RecurringWork,
  ) {
    this.laws = booksLaws({ lineMaxMicro: settings.policy.supply.creditLineMaxMicro });
    this.query = (sql, values) => dataSource.query(sql, values);
    this.slices = new Slices(this.query, this.laws);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.recurringWork.every(EVERY_MS, 'sweep the books', async () => {
      await this.run();
    });
  }

  /** @returns false where another process is sweeping */
  async run(): Promise<boolean> {
    const turn = await this.progress.take();
    if (!turn) return false;
    try {
      await this.sweep(turn);
    } catch (error) {
      await this.progress.giveUp(turn);
      throw error;
    }
    return true;
  }

  private async sweep(turn: Turn): Promise<void> {
    const beganAt = new Date();
    const offenders = new Offenders();
    const mark = await settledMark(this.query);
    const transfersTo = await this.newTransfers(turn, mark, offenders);
    await this.newJobs(turn, mark, offenders);
    const round = {
      transfers: await this.slices.checkNext('transfers', { from: turn.roundTransfer, rows: ROUND.transfers }, offenders),
      balances: await this.slices.checkNext('balances', { from: turn.roundBalance, rows: ROUND.balances }, offenders),
      jobs: await this.slices.checkNext('jobs', { from: turn.roundJob, rows: ROUND.jobs }, offenders),
    };
    await this.slices.check('now', [], offenders);
    const log = await this.sweepLog.run(turn, offenders);
    const ranges = this.rangesOf(turn, mark, round).set('I13', log.range);
    await this.states.record({ kind: 'sweep', beganAt, ranges, offenders });
    const overdueHolds = await this.overdueHolds();
    this.say(offenders, overdueHolds);
    const swept: Swept = {
      transfersTo,
      finishedTo: mark.settled ? mark.at : turn.finishedTo,
      roundTransfer: again(round.transfers, 'transfers'),
      roundBalance: again(round.balances, 'balances'),
      roundJob: again(round.jobs, 'jobs'),
      overdueHolds,
      logTo: log.logTo,
      roundLeaf: log.roundLeaf,
    };
    await this.progress.end(turn, swept);
  }

  /** @returns up to where all is decided and checked */
  private async newTransfers(turn: Turn, mark: Mark, offenders: Offenders): Promise<string> {
    const deadline = Date.now() + BUDGET_MS;
    let from = turn.transfersTo;
    while (BigInt(from) < BigInt(mark.transferId) && Date.now() < deadline) {
      const end = await this.slices.end('transfers', from, NEW_TRANSFERS);
      const to = BigInt(end) < BigInt(mark.transferId) ? end : mark.transferId;
      await this.slices.check('transfers', [from, to], offenders);
      await this.slices.check('touched', [from, to], offenders);
      from = to;
    }
    return mark.settled ? from : turn.transfersTo;
  }

  private async newJobs(turn: Turn, mark: Mark, offenders: Offenders): Promise<void> {
    const [window] = await this.query<{ begin: string }>(
      `SELECT coalesce($1::timestamptz, $2::timestamptz - interval '${FIRST_LOOK}')::text AS begin`,
      [turn.finishedTo, mark.at],
    );
    await this.slices.check('finished', [window?.begin, mark.at], offenders);
  }

  private async overdueHolds(): Promise<number> {
    const [row] = await this.query<{ count: number }>(
      'SELECT count(*)::integer AS count FROM ledger.holds WHERE alarm_at < clock_timestamp()',
    );
    return row?.count ?? 0;
  }

  private rangesOf(turn: Turn, mark: Mark, round: Record<'transfers' | 'balances' | 'jobs', string>): Map<string, string> {
    const words: Record<BooksLaw['over'], string> = {
      transfers: `transfers ${spanOf(turn.transfersTo, mark.transferId)} as they came, ${spanOf(turn.roundTransfer, round.transfers)} again`,
      touched: 'the balances that these moved',
      balances: `balances ${spanOf(turn.roundBalance, round.balances)} again`,
      jobs: 'older jobs in rounds',
      finished: `jobs final up to ${mark.at}`,
      now: 'the present state',
      full: '',
      days: '',
    };
    const ranges = new Map<string, string[]>();
    for (const { id, over } of this.laws) if (words[over] !== '') ranges.set(id, [...(ranges.get(id) ?? []), words[over]]);
    return new Map([...ranges].map(([id, parts]) => [id, [...new Set(parts)].join('; ')]));
  }

  private say(offenders: Offenders, overdueHolds: number): void {
    for (const id of offenders.ids)
      this.logger.error(`the books break ${id}: ${offenders.detail(id)}; GET /v1/audit/integrity?full=true looks at everything`);
    if (overdueHolds > 0)
      this.logger.error(`${overdueHolds} holds are open an hour after the deadlines of their jobs: something does not end jobs`);
  }
}

/** The next round begins where the last one ended, and at the beginning again after the end. */
const again = (end: string, of: Sliced): string => (end === highest[of] ? lowest[of] : end);

function spanOf(from: string, to: string): string {
  const first = from === lowest.transfers ? 'from the first' : `from ${BigInt(from) + 1n}`;
  return to === highest.transfers ? `${first} to the last` : `${first} to ${to}`;
}
