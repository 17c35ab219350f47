/** Beats: tells the coordinator that this node is alive and what it holds, and hears which of it nobody needs any more. */
import { pause } from './backoff.js';
import type { CoordinatorLink } from './coordinator-link.js';
import { FatalRefusal } from './link-errors.js';
import type { Pace } from './pace.js';
import type { TaskRunner } from './task-runner.js';
import type { OnWorkerEvent } from './worker-events.js';

export interface HeartOptions {
  link: CoordinatorLink;
  runner: TaskRunner;
  pace: Pace;
  onEvent: OnWorkerEvent;
  signal: AbortSignal;
}

interface BeatAnswer {
  cancel?: string[];
  checkpoint?: { size: number | string; root: string } | null;
  message?: string | null;
  stage?: string | null;
}

export class Heart {
  /** The last checkpoint of the log that we were shown: said back, so that the coordinator cannot show everyone another log. */
  private checkpoint: BeatAnswer['checkpoint'];
  private stage: string | undefined;

  constructor(private readonly options: HeartOptions) {}

  /** Until the signal; throws only a FatalRefusal. */
  async run(): Promise<void> {
    const { pace, signal } = this.options;
    for (;;) {
      await pause(pace.beatMs, signal);
      if (signal.aborted) return;
      await this.beat().catch((error) => {
        // A missed beat is made good by the next one; polls and reports count as beats too.
        if (error instanceof FatalRefusal) throw error;
      });
    }
  }

  private async beat(): Promise<void> {
    const { link, runner, pace, signal } = this.options;
    const checkpoint = this.checkpoint ? { checkpoint: this.checkpoint } : {};
    const body = { slotsFree: Math.max(0, runner.freeSlots), running: runner.book.ids, ...checkpoint };
    const call = { method: 'POST', path: '/v1/worker/heartbeat', timeoutMs: pace.callTimeoutMs, signal } as const;
    this.hear(await link.json<BeatAnswer>({ ...call, body }));
  }

  private hear(answer: BeatAnswer): void {
    const { runner, onEvent } = this.options;
    this.checkpoint = answer.checkpoint ?? this.checkpoint;
    if (answer.message) onEvent({ type: 'message', text: answer.message });
    if (answer.stage && answer.stage !== this.stage) onEvent({ type: 'stage', stage: answer.stage });
    this.stage = answer.stage ?? this.stage;
    const leaseIds = (answer.cancel ?? []).filter((leaseId) => runner.book.forget(leaseId) !== undefined);
    if (leaseIds.length > 0) onEvent({ type: 'cancelled', leaseIds });
  }
}
