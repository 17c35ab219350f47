/** Takes runs of certain purposes and has them executed in a child process of its own, some at a time: one lane never waits for another. */
import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { Containment } from '#libs/sandbox/containment.js';
import type { ExecutionResult } from '#libs/sandbox/execution.js';
import { Executor } from '#libs/sandbox/node/executor.js';
import type { ClaimedRun, ClaimRuns } from './claim-runs.js';
import type { RunPurpose } from './referee-runs.js';

export interface LaneOptions {
  purposes: readonly RunPurpose[];
  /** Runs at once. */
  threads: number;
  /** What the child process may hold. */
  memoryBytes?: number;
}

export interface LaneWork {
  execute(executor: Executor, run: ClaimedRun): Promise<ExecutionResult>;
  onFinished(): void;
}

export class RefereeLane {
  private readonly logger = new Logger(RefereeLane.name);
  private readonly id = randomUUID();
  private running = 0;
  private looking = false;
  private again = false;
  private stopped = false;

  private constructor(
    private readonly executor: Executor,
    private readonly claimRuns: ClaimRuns,
    private readonly options: LaneOptions,
    private readonly work: LaneWork,
  ) {}

  static async open(claimRuns: ClaimRuns, options: LaneOptions, work: LaneWork): Promise<RefereeLane> {
    const { threads, memoryBytes } = options;
    const executor = await Executor.start({ threads, ...(memoryBytes === undefined ? {} : { memoryBytes }) });
    return new RefereeLane(executor, claimRuns, options, work);
  }

  get containment(): Containment {
    return this.executor.containment;
  }

  /** Keeps what runs, and looks for more. */
  beat(): void {
    if (this.running > 0) void this.claimRuns.renew(this.id).catch(() => undefined);
    void this.look();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.executor.stop();
  }

  async look(): Promise<void> {
    this.again = true;
    if (this.looking) return;
    this.looking = true;
    try {
      const { purposes, threads } = this.options;
      while (this.again && !this.stopped && this.running < threads) {
        this.again = false;
        const claimed = await this.claimRuns.claim(this.id, purposes, threads - this.running);
        for (const run of claimed) void this.execute(run);
      }
    } catch (error) {
      this.logger.warn(`the referee cannot look for work: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.looking = false;
    }
  }

  private async execute(run: ClaimedRun): Promise<void> {
    this.running += 1;
    try {
      const result = await this.work.execute(this.executor, run);
      // Stopped in the middle: another runner takes the row when it is stale.
      if (this.stopped) return;
      await this.claimRuns.finish(this.id, run.id, result);
      this.work.onFinished();
    } catch (error) {
      this.logger.error(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.running -= 1;
      void this.look();
    }
  }
}
