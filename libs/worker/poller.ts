/**
 * Asks for leases, one poll at a time: a later poll ends an earlier one, whose leases might be on their way. A poll whose answer
 * got lost is repeated with the same requestId, which answers the same leases.
 */
import { Backoff, pause } from './backoff.js';
import type { Change } from './change.js';
import type { CoordinatorLink } from './coordinator-link.js';
import type { Lease } from './lease.js';
import { FatalRefusal, Refusal } from './link-errors.js';
import type { Pace } from './pace.js';
import type { TaskRunner } from './task-runner.js';
import type { OnWorkerEvent } from './worker-events.js';

export interface PollerOptions {
  link: CoordinatorLink;
  runner: TaskRunner;
  threads: number;
  runtimes: readonly string[];
  pace: Pace;
  random: () => number;
  change: Change;
  onEvent: OnWorkerEvent;
  signal: AbortSignal;
}

interface PollAnswer {
  leases: Lease[];
  /** Why there was nothing: a word, or a word with its explanation. */
  idleReason?: string | { reason: string; detail?: string } | null;
  idleDetail?: string | null;
}

// An empty answer sooner than this was no long poll: the coordinator has nothing for this node now (cooldown, quota, shutdown).
const SHORT_POLL_MS = 1_000;
const SHORT_POLL_PAUSE_MS = 100;

export class Poller {
  private readonly backoff: Backoff;
  private requestId: string | undefined;
  private lastIdleReason: string | undefined;

  constructor(private readonly options: PollerOptions) {
    this.backoff = new Backoff(options.pace, options.random);
  }

  /** Until the signal; throws only a FatalRefusal. */
  async run(): Promise<void> {
    const { runner, change, signal } = this.options;
    while (!signal.aborted) {
      if (runner.freeSlots > 0) await this.pollOnce();
      else await change.next();
    }
  }

  private async pollOnce(): Promise<void> {
    const askedAt = performance.now();
    try {
      const answer = await this.poll();
      this.requestId = undefined;
      this.options.runner.receive(answer.leases);
      if (answer.leases.length === 0) this.tellIdle(answer);
      else this.lastIdleReason = undefined;
      if (answer.leases.length > 0 || performance.now() - askedAt > SHORT_POLL_MS) this.backoff.reset();
      else await this.pauseAfterShortPoll();
    } catch (error) {
      await this.afterFailure(error);
    }
  }

  private poll(): Promise<PollAnswer> {
    const { link, runner, threads, runtimes, pace, signal } = this.options;
    this.requestId ??= crypto.randomUUID();
    return link.json<PollAnswer>({
      method: 'POST',
      path: `/v1/worker/leases?wait=${pace.pollSeconds}`,
      body: { requestId: this.requestId, have: runner.book.ids, slots: runner.freeSlots, threads, runtimes },
      timeoutMs: pace.pollSeconds * 1000 + pace.callTimeoutMs,
      signal,
    });
  }

  /** An acknowledged report may have freed what was missing, so it ends the pause; but two polls never follow at once. */
  private async pauseAfterShortPoll(): Promise<void> {
    const { change, signal } = this.options;
    await pause(SHORT_POLL_PAUSE_MS, signal);
    if (!signal.aborted) await change.next(this.backoff.next());
  }

  private async afterFailure(error: unknown): Promise<void> {
    const { signal, onEvent } = this.options;
    if (signal.aborted) return;
    if (error instanceof FatalRefusal) throw error;
    const facts = error instanceof Refusal ? error.facts : undefined;
    // A refusal is an answer: nothing was leased under this id, and another request may fare better.
    if (facts !== undefined) this.requestId = undefined;
    const retryInMs = this.backoff.next(facts?.retryAfterSeconds);
    if (facts !== undefined) onEvent({ type: 'refused', ...facts, retryInMs });
    await pause(retryInMs, signal);
  }

  /** Each reason once, until it changes: an idle worker polls all day. */
  private tellIdle({ idleReason, idleDetail }: PollAnswer): void {
    const told = typeof idleReason === 'string' ? { reason: idleReason, detail: idleDetail ?? undefined } : idleReason;
    if (!told || told.reason === this.lastIdleReason) return;
    this.lastIdleReason = told.reason;
    this.options.onEvent({ type: 'idle', reason: told.reason, words: told.detail });
  }
}
