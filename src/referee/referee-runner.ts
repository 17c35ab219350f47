/**
 * The referee at work: takes rows, runs them in the executor's child process (the same one volunteers use), writes back what came
 * out. This process only moves bytes: hostile code never touches its event loop. Any number of replicas may run one.
 */
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Execution, ExecutionResult } from '#libs/sandbox/execution.js';
import { failureOutput } from '#libs/sandbox/failure-output.js';
import type { Executor } from '#libs/sandbox/node/executor.js';
import { wallLimitMs } from '#libs/sandbox/wall-limit.js';
import { formatDigest } from '#libs/signing/digest.js';
import { Hints } from '../queue/hints.js';
import { Settings } from '../settings/settings.js';
import { type ClaimedRun, ClaimRuns } from './claim-runs.js';
import { type LaneOptions, RefereeLane } from './referee-lane.js';

const JUDGING_THREADS = 2;
/** Node.js itself, the engine and what it keeps compiled; measured 75 to 100 MiB. What a dry run uses comes on top. */
const IDLE_BYTES = 128 * 1_048_576;
const BEAT_MS = 1_000;

@Injectable()
export class RefereeRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RefereeRunner.name);
  private lanes: RefereeLane[] = [];
  private timer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly claimRuns: ClaimRuns,
    private readonly hints: Hints,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.settings.refereeEnabled) return;
    const { deployMemoryBytes } = this.settings.policy.referee;
    this.lanes = await Promise.all([
      this.open({ purposes: ['vote', 'audit', 'dispute'], threads: JUDGING_THREADS }),
      // Anybody may ask for dry runs: one at a time and in little memory, and no verdict waits behind them.
      this.open({ purposes: ['deploy', 'estimate'], threads: 1, memoryBytes: IDLE_BYTES + deployMemoryBytes }),
    ]);
    this.logger.log(`the referee is up behind ${this.lanes[0]?.containment.layers.join(', ')}`);
    this.stopListening = this.hints.on('referee_requested', () => this.lookAll());
    this.timer = setInterval(() => {
      for (const lane of this.lanes) lane.beat();
    }, BEAT_MS);
    this.lookAll();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.stopListening?.();
    await Promise.all(this.lanes.map((lane) => lane.stop()));
  }

  private lookAll(): void {
    for (const lane of this.lanes) void lane.look();
  }

  private open(options: LaneOptions): Promise<RefereeLane> {
    return RefereeLane.open(this.claimRuns, options, {
      execute: (executor, run) => this.resultOf(executor, run),
      onFinished: () => this.hints.send('referee_finished'),
    });
  }

  private async resultOf(executor: Executor, run: ClaimedRun): Promise<ExecutionResult> {
    const execution = this.executionOf(run);
    if (run.purpose !== 'deploy') return executor.run(execution);
    const startedAt = performance.now();
    const check = await executor.check(execution);
    const runMs = Math.round(performance.now() - startedAt);
    if (check.ok) return { outcome: 'ok', output: new Uint8Array(), fuel: 0n, log: '', runMs };
    return { outcome: 'function_error', output: failureOutput('function_error', check.message), fuel: 0n, log: '', runMs };
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
    const { deployTimeoutMs, estimateTimeoutMs, voteTimeoutMs } = this.settings.policy.referee;
    if (purpose === 'deploy') return deployTimeoutMs;
    if (purpose === 'estimate') return estimateTimeoutMs;
    const { fuelPerSecond } = this.settings.policy.scheduling;
    return wallLimitMs({ fuelLimit: limits.fuelLimit, fuelPerSecond, atMostMs: voteTimeoutMs });
  }
}
