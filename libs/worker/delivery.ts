/**
 * Takes finished tasks to the coordinator and does not rest until each was acknowledged.
 * - One report is on its way at a time; what finishes meanwhile goes with the next one, so batches grow with the load.
 * - A report is built and signed once and repeated byte for byte until it has an answer: a repeat is `duplicate`, never paid twice.
 * - A report that is refused as a whole is taken apart, so that one bad result cannot hold up the others.
 * Finished results are kept in memory only: a worker that is killed loses them, their leases expire and others run the tasks.
 */
import { Backoff, pause } from './backoff.js';
import { Change } from './change.js';
import type { CoordinatorLink } from './coordinator-link.js';
import type { FinishedTask } from './lease.js';
import { FatalRefusal, Refusal } from './link-errors.js';
import type { Pace } from './pace.js';
import { type Acknowledgement, type Attester, signReport } from './report.js';
import type { OnWorkerEvent } from './worker-events.js';

export interface DeliveryOptions {
  link: CoordinatorLink;
  attester: Attester;
  pace: Pace;
  random: () => number;
  /** True when nothing more will finish soon: then waiting for company is pointless. */
  isIdle: () => boolean;
  onAcknowledged: (reportId: string, acknowledged: { task: FinishedTask; answer: Acknowledgement }[]) => void;
  onEvent: OnWorkerEvent;
  onFatal: (error: FatalRefusal) => void;
  signal: AbortSignal;
}

interface Waiting {
  task: FinishedTask;
  since: number;
}

const REPORT_PATH = '/v1/worker/results';
// Base64 adds a third; a report stays far below the coordinator's body limit even with the largest outputs.
const REPORT_OUTPUT_BYTES = 8 * 1_048_576;

const UNVERIFIABLE = 'report_unverifiable';

export class Delivery {
  private waiting: Waiting[] = [];
  private sending = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private urgent = false;
  private readonly emptied = new Change();

  constructor(private readonly options: DeliveryOptions) {}

  /** Finished tasks that the coordinator has not acknowledged. */
  get undelivered(): number {
    return this.waiting.length + this.sending;
  }

  add(task: FinishedTask): void {
    this.waiting.push({ task, since: performance.now() });
    this.poke();
  }

  /** To be called when the worker has run out of work: what waits for company goes now. */
  poke(): void {
    if (this.sending > 0 || this.waiting.length === 0 || this.options.signal.aborted) return;
    clearTimeout(this.timer);
    const dueInMs = this.dueInMs();
    if (dueInMs <= 0) void this.sendNext();
    else this.timer = setTimeout(() => this.poke(), dueInMs);
  }

  /** Sends everything without waiting for company; false when some of it was not acknowledged in time. */
  drain(withinMs: number): Promise<boolean> {
    this.urgent = true;
    this.poke();
    return this.emptied.until(() => this.undelivered === 0, withinMs);
  }

  private dueInMs(): number {
    const { pace, isIdle } = this.options;
    if (this.urgent || this.waiting.length >= pace.reportResults || isIdle()) return 0;
    return pace.flushMs - (performance.now() - this.waiting[0]!.since);
  }

  private async sendNext(): Promise<void> {
    const tasks = this.takeReport();
    this.sending = tasks.length;
    try {
      await this.deliver(tasks);
    } catch (error) {
      if (error instanceof FatalRefusal) this.options.onFatal(error);
      else if (!this.options.signal.aborted) throw error;
    }
    this.sending = 0;
    this.poke();
    this.emptied.signal();
  }

  private takeReport(): FinishedTask[] {
    const { reportResults } = this.options.pace;
    let bytes = 0;
    let count = 0;
    for (const { task } of this.waiting.slice(0, reportResults)) {
      bytes += 'hostFailure' in task.result ? 0 : task.result.output.length;
      if (count > 0 && bytes > REPORT_OUTPUT_BYTES) break;
      count += 1;
    }
    return this.waiting.splice(0, count).map(({ task }) => task);
  }

  private async deliver(tasks: FinishedTask[]): Promise<void> {
    const reportId = crypto.randomUUID();
    const refusal = await this.sendUntilAnswered(reportId, tasks);
    if (refusal === undefined) return;
    if (tasks.length === 1) return this.giveUp(reportId, tasks[0]!, refusal);
    const half = Math.ceil(tasks.length / 2);
    await this.deliver(tasks.slice(0, half));
    await this.deliver(tasks.slice(half));
  }

  private async sendUntilAnswered(reportId: string, tasks: FinishedTask[]): Promise<Refusal | undefined> {
    const { link, attester, pace, random, signal, onEvent } = this.options;
    const report = signReport(reportId, tasks, attester);
    const backoff = new Backoff(pace, random);
    for (;;) {
      signal.throwIfAborted();
      let retryAfterSeconds: number | undefined;
      try {
        const call = { method: 'POST', path: REPORT_PATH, body: report, timeoutMs: pace.callTimeoutMs, signal } as const;
        const answer = await link.json<{ results: Acknowledgement[] }>(call);
        return this.acknowledge(reportId, tasks, answer.results);
      } catch (error) {
        if (error instanceof FatalRefusal) throw error;
        if (error instanceof Refusal) {
          if (!error.facts.retryable && error.facts.status !== 401) return error;
          retryAfterSeconds = error.facts.retryAfterSeconds;
        }
        const retryInMs = backoff.next(retryAfterSeconds);
        if (error instanceof Refusal) onEvent({ type: 'refused', ...error.facts, retryInMs });
        await pause(retryInMs, signal);
      }
    }
  }

  private acknowledge(reportId: string, tasks: FinishedTask[], answers: Acknowledgement[]): undefined {
    const byLease = new Map(answers.filter((answer) => isFinal(answer, answers)).map((answer) => [answer.leaseId, answer]));
    const acknowledged: { task: FinishedTask; answer: Acknowledgement }[] = [];
    for (const task of tasks) {
      const answer = byLease.get(task.lease.leaseId);
      if (answer !== undefined) acknowledged.push({ task, answer });
      // Not a word about it is no acknowledgement: it goes with the next report.
      else this.waiting.push({ task, since: performance.now() });
    }
    this.options.onAcknowledged(reportId, acknowledged);
  }

  private giveUp(reportId: string, task: FinishedTask, { facts }: Refusal): void {
    this.options.onEvent({ type: 'refused', ...facts });
    const answer: Acknowledgement = { leaseId: task.lease.leaseId, status: 'rejected', code: facts.code };
    this.options.onAcknowledged(reportId, [{ task, answer }]);
  }
}

/**
 * A result that the coordinator does not know spoils the one signature for its neighbours: they are `report_unverifiable` and
 * good under another. Only if some result was named as the cause, or they would come back for ever.
 */
function isFinal(answer: Acknowledgement, all: readonly Acknowledgement[]): boolean {
  return answer.code !== UNVERIFIABLE || all.every(({ code }) => code === UNVERIFIABLE);
}
