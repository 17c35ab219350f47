/**
 * The tick that keeps the public log: leaves for new transfers, then a checkpoint. Every coordinator process has one; the lock of the
 * log's state makes one of them work at a time. With nothing new it costs one query.
 */
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { formatVerifierKey } from '#libs/transparency/checkpoint.js';
import { isDatabaseAway } from '../../database/transaction.js';
import { AppendLeaves } from './append-leaves.js';
import { LogKeys } from './log-keys.js';
import { LAG_ALARM_MS, LogLag } from './log-lag.js';
import { SignCheckpoint } from './sign-checkpoint.js';

/** With the second between checkpoints it bounds the delay of a proof; 5 ticks fit into that second. */
const TICK_MS = 200;
/** What stays wrong is said again this often. */
const REPEAT_MS = 60_000;

@Injectable()
export class KeepLog implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(KeepLog.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopping = false;
  private readonly saidAt = new Map<string, number>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly keys: LogKeys,
    private readonly appendLeaves: AppendLeaves,
    private readonly signCheckpoint: SignCheckpoint,
    private readonly logLag: LogLag,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { state, key } = await this.keys.register();
    if (state === 'not_current') this.sayNotCurrent();
    if (state === 'registered' || state === 'succeeded')
      this.logger.log({ key: formatVerifierKey(key), size: key.size, first: state === 'registered' }, 'the log has a new key');
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  private tick(): void {
    this.running ??= this.run()
      .catch((error: unknown) => {
        // A database that restarts is tried again with the next tick.
        if (!isDatabaseAway(error)) this.logger.error(error);
      })
      .finally(() => {
        this.running = undefined;
      });
  }

  /** Until nothing more is to be done now. */
  async run(): Promise<void> {
    const [look]: { waiting: boolean; unsigned: boolean }[] = await this.dataSource.query(
      // By the ends of indexes: "is there one behind" would be planned as a scan that hopes to meet one soon.
      `SELECT coalesce((SELECT max(id) FROM ledger.transfers) > s.last_id, false) AS waiting,
         s.size > coalesce((SELECT max(size) FROM ledger.checkpoints), 0) AS unsigned
       FROM ledger.log_state s`,
    );
    if (look?.waiting) await this.drain();
    else if (look?.unsigned) await this.sign();
  }

  private async drain(): Promise<void> {
    let state: string;
    do {
      ({ state } = await this.appendLeaves.run());
      await this.sign();
    } while (state === 'more' && !this.stopping);
    if (state === 'gap' || state === 'busy') await this.watchLag();
  }

  private async sign(): Promise<void> {
    if ((await this.signCheckpoint.run()) === 'not_current') this.sayNotCurrent();
  }

  private async watchLag(): Promise<void> {
    const lagMs = await this.logLag.lagMs();
    if (lagMs > LAG_ALARM_MS && this.isToBeSaid('lag'))
      this.logger.error(
        { lagMs: Math.round(lagMs) },
        'the public log lags behind the books: a transaction that took an id is still open, or its sequencer stands still',
      );
  }

  private sayNotCurrent(): void {
    if (!this.isToBeSaid('key')) return;
    this.logger.error(
      { key: formatVerifierKey(this.keys.signer) },
      'this process signs no checkpoints: the log has another key. Set POTLUCK_LOG_KEY to the current one; to replace it, set the new one and the old one as POTLUCK_LOG_KEY_PREVIOUS',
    );
  }

  private isToBeSaid(what: string): boolean {
    const last = this.saidAt.get(what);
    if (last !== undefined && performance.now() - last < REPEAT_MS) return false;
    this.saidAt.set(what, performance.now());
    return true;
  }
}
