/**
 * The referee at work: takes rows, runs them in the executor's child process (the same one volunteers use), writes back what came
 * out. This process only moves bytes: hostile code never touches its event loop. Any number of replicas may run one.
 */
import { randomUUID } from 'node:crypto';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Execution, ExecutionResult } from '#libs/sandbox/execution.js';
import { Executor } from '#libs/sandbox/node/executor.js';
import { wallLimitMs } from '#libs/sandbox/wall-limit.js';
import { formatDigest } from '#libs/signing/digest.js';
import { Hints } from '../queue/hints.js';
import { Settings } from '../settings/settings.js';
import { type ClaimedRun, ClaimRuns } from './claim-runs.js';

const THREADS = 2;
const RENEW_MS = 1_000;

@Injectable()
export class RefereeRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RefereeRunner.name);
  private readonly id = randomUUID();
  private executor: Executor | undefined;
  private running = 0;
  private looking = false;
  private again = false;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly claimRuns: ClaimRuns,
    private readonly hints: Hints,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.settings.refereeEnabled) return;
    this.executor = await Executor.start({ threads: THREADS });
    this.logger.log(`the referee is up behind ${this.executor.containment.layers.join(', ')}`);
    this.stopListening = this.hints.on('referee_requested', () => void this.look());
    this.timer = setInterval(() => {
      if (this.running > 0) void this.claimRuns.renew(this.id).catch(() => undefined);
      void this.look();
    }, RENEW_MS);
    void this.look();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    this.stopListening?.();
    await this.executor?.stop();
  }

  private async look(): Promise<void> {
    this.again = true;
    if (this.looking) return;
    this.looking = true;
    try {
      while (this.again && !this.stopped && this.running < THREADS) {
        this.again = false;
        const claimed = await this.claimRuns.claim(this.id, THREADS - this.running);
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
      const result = await this.resultOf(run);
      // Stopped in the middle: another runner takes the row when it is stale.
      if (this.stopped) return;
      await this.claimRuns.finish(this.id, run.id, result);
      this.hints.send('referee_finished');
    } catch (error) {
      this.logger.error(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.running -= 1;
      void this.look();
    }
  }

  private async resultOf(run: ClaimedRun): Promise<ExecutionResult> {
    const execution = this.executionOf(run);
    const executor = this.executor as Executor;
    if (run.purpose !== 'deploy') return executor.run(execution);
    const startedAt = performance.now();
    const check = await executor.check(execution);
    const runMs = Math.round(performance.now() - startedAt);
    if (check.ok) return { outcome: 'ok', output: new Uint8Array(), fuel: 0n, log: '', runMs };
    const output = new TextEncoder().encode(JSON.stringify({ kind: 'function_error', message: check.message }));
    return { outcome: 'function_error', output, fuel: 0n, log: '', runMs };
  }

  private executionOf(run: ClaimedRun): Execution {
    const { runtimeId, abi, code, input, contentType, context, limits } = run;
    return {
      runtimeId,
      abi,
      code,
      codeDigest: formatDigest(run.codeDigest),
      input,
      contentType,
      context,
      limits,
      wallMs: this.wallMs(run),
    };
  }

  private wallMs({ purpose, limits }: ClaimedRun): number {
    const { deployTimeoutMs, voteTimeoutMs } = this.settings.policy.referee;
    if (purpose === 'deploy' || purpose === 'estimate') return deployTimeoutMs;
    const { fuelPerSecond } = this.settings.policy.scheduling;
    return wallLimitMs({ fuelLimit: limits.fuelLimit, fuelPerSecond, atMostMs: voteTimeoutMs });
  }
}
