/** Beats: tells the coordinator that this node is alive and what it holds, and hears which of it nobody needs any more. */
import { Backoff, pause } from './backoff.js';
import type { CoordinatorLink } from './coordinator-link.js';
import { FatalRefusal, NoAnswer, Refusal } from './link-errors.js';
import type { Pace } from './pace.js';
import type { TaskRunner } from './task-runner.js';
import type { Witness } from './witness.js';
import type { OnWorkerEvent } from './worker-events.js';

export interface HeartOptions {
  link: CoordinatorLink;
  runner: TaskRunner;
  witness: Witness;
  random: () => number;
  pace: Pace;
  onEvent: OnWorkerEvent;
  signal: AbortSignal;
}

interface BeatAnswer {
  cancel?: string[];
  /** The last signed checkpoint of the public log. */
  checkpoint?: unknown;
  message?: string | null;
  stage?: string | null;
}

export class Heart {
  private stage: string | undefined;

  constructor(private readonly options: HeartOptions) {}

  /** The first beat, before any work is taken: a grid whose history was changed gets none. Until it has an answer, or the signal. */
  async begin(): Promise<void> {
    const { pace, random, signal, onEvent } = this.options;
    const backoff = new Backoff(pace, random);
    while (!signal.aborted) {
      try {
        return await this.beat();
      } catch (error) {
        if (!(error instanceof NoAnswer || error instanceof Refusal)) throw error;
        const facts = error instanceof Refusal ? error.facts : undefined;
        const retryInMs = backoff.next(facts?.retryAfterSeconds);
        if (facts !== undefined) onEvent({ type: 'refused', ...facts, retryInMs });
        await pause(retryInMs, signal);
      }
    }
  }

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
    const { link, runner, witness, pace, signal } = this.options;
    // Said back under our signature, so that the coordinator cannot show everyone another log.
    const checkpoint = witness.seen ? { checkpoint: witness.seen } : {};
    const body = { slotsFree: Math.max(0, runner.freeSlots), running: runner.book.ids, ...checkpoint };
    const call = { method: 'POST', path: '/v1/worker/heartbeat', timeoutMs: pace.callTimeoutMs, signal } as const;
    await this.hear(await link.json<BeatAnswer>({ ...call, body }));
  }

  private async hear(answer: BeatAnswer): Promise<void> {
    const { runner, witness, onEvent } = this.options;
    if (answer.message) onEvent({ type: 'message', text: answer.message });
    if (answer.stage && answer.stage !== this.stage) onEvent({ type: 'stage', stage: answer.stage });
    this.stage = answer.stage ?? this.stage;
    const leaseIds = (answer.cancel ?? []).filter((leaseId) => runner.book.forget(leaseId) !== undefined);
    if (leaseIds.length > 0) onEvent({ type: 'cancelled', leaseIds });
    await witness.look(answer.checkpoint);
  }
}
