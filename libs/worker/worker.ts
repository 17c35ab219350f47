/**
 * The volunteer's core: poll for leases, execute, sign, deliver. It knows neither files nor processes, so the daemon and the
 * browser share it, and what runs a guest is given to it.
 *
 * It takes no work before it has seen that the grid's public log has grown out of what it knew (witness.ts), and leaves when not.
 *
 * It promises that a lease is never forgotten before its result was acknowledged or it was given back, through every loss of the
 * connection and restart of the coordinator. It does not promise to survive its own death: finished results live in memory, and
 * those of a killed worker are run again by others when their leases expire.
 */
import { Backoff, pause } from './backoff.js';
import { Change } from './change.js';
import { CoordinatorLink } from './coordinator-link.js';
import { Delivery } from './delivery.js';
import { executedTask } from './executed-task.js';
import { Heart } from './heart.js';
import type { Execute, FinishedTask } from './lease.js';
import { FatalRefusal } from './link-errors.js';
import { LogCalls } from './log-calls.js';
import { ForgetfulLogMemory, type LogMemory } from './log-memory.js';
import { defaultPace, type Pace } from './pace.js';
import { Poller } from './poller.js';
import type { Acknowledgement, Sign } from './report.js';
import { TaskRunner } from './task-runner.js';
import { Witness } from './witness.js';
import type { OnWorkerEvent, StopReason } from './worker-events.js';

export interface WorkerOptions {
  /** Where the coordinator is. */
  url: string;
  /** What it calls itself in `/v1/limits`: what this node signs for. */
  origin: string;
  nodeId: string;
  /** The node's ed25519 secret key. */
  secretKey: Uint8Array;
  /** Signs with that key, where the shell has something faster than tweetnacl. */
  sign?: Sign;
  /** The runtimes that `execute` speaks. */
  runtimes: readonly string[];
  /** Guests running at once. */
  threads: number;
  execute: Execute;
  /** What is remembered of the grid's public log over restarts; default: nothing. */
  logMemory?: LogMemory;
  /** The log's verifier key, where the volunteer knows it; default: the one that the first contact shows. */
  logKey?: string;
  onEvent?: OnWorkerEvent;
  pace?: Partial<Pace>;
  fetch?: typeof fetch;
  now?: () => number;
  random?: () => number;
}

export interface WorkerEnd {
  reason: StopReason;
  detail?: string;
}

export class Worker {
  private readonly pace: Pace;
  private readonly onEvent: OnWorkerEvent;
  private readonly link: CoordinatorLink;
  private readonly delivery: Delivery;
  private readonly witness: Witness;
  private readonly runner: TaskRunner;
  private readonly change = new Change();
  /** Ends polls and beats. */
  private readonly stopping = new AbortController();
  /** Ends everything, deliveries too. */
  private readonly ending = new AbortController();
  private end: WorkerEnd = { reason: 'asked' };

  constructor(private readonly options: WorkerOptions) {
    const { url, origin, nodeId, secretKey, sign, threads, runtimes, execute, now = Date.now } = options;
    this.pace = { ...defaultPace, ...options.pace };
    this.onEvent = options.onEvent ?? (() => {});
    const onEvent = this.onEvent;
    const fetcher = options.fetch ?? ((input: string | URL | Request, init?: RequestInit) => globalThis.fetch(input, init));
    this.link = new CoordinatorLink({ url, nodeId, secretKey, ...(sign ? { sign } : {}), fetch: fetcher, now, onEvent });
    this.witness = new Witness({
      calls: new LogCalls({ link: this.link, timeoutMs: this.pace.callTimeoutMs, signal: this.stopping.signal }),
      origin,
      memory: options.logMemory ?? new ForgetfulLogMemory(),
      ...(options.logKey === undefined ? {} : { trustedKey: options.logKey }),
      onEvent,
      now,
    });
    this.runner = new TaskRunner({
      threads,
      runtimes,
      execute,
      fetchCode: (digest) => this.fetchCode(digest),
      onFinished: (task) => this.delivery.add(task),
      onChange: () => this.changed(),
      onEvent,
    });
    this.delivery = new Delivery({
      link: this.link,
      attester: { origin, nodeId, secretKey, ...(sign ? { sign } : {}) },
      pace: this.pace,
      random: this.random,
      isIdle: () => this.runner.isIdle,
      onAcknowledged: (reportId, acknowledged) => this.acknowledged(reportId, acknowledged),
      onFatal: (error) => this.fail(error),
      onEvent,
      signal: this.ending.signal,
    });
  }

  /** Serves until `stop` is called or the coordinator says that it is over. */
  async run(): Promise<WorkerEnd> {
    const { nodeId, origin, threads, runtimes } = this.options;
    this.onEvent({ type: 'started', nodeId, origin, threads, runtimes: [...runtimes] });
    const { link, runner, pace, change, onEvent, random } = this;
    const shared = { link, runner, pace, onEvent, signal: this.stopping.signal };
    const poller = new Poller({ ...shared, threads, runtimes, random, change });
    const heart = new Heart({ ...shared, witness: this.witness, random });
    await this.begin(heart).catch((error) => this.fail(error));
    await Promise.all([poller.run(), heart.run()].map((loop) => loop.catch((error) => this.fail(error))));
    const returned = await this.leave();
    this.onEvent({ type: 'stopped', ...this.end, returned, undelivered: this.delivery.undelivered });
    return this.end;
  }

  /** Begins a graceful exit; `run` resolves when it is over. */
  stop(): void {
    this.stopping.abort();
    this.change.signal();
  }

  private async begin(heart: Heart): Promise<void> {
    await this.witness.open();
    await heart.begin();
  }

  private get random(): () => number {
    return this.options.random ?? Math.random;
  }

  private changed(): void {
    this.delivery.poke();
    this.change.signal();
  }

  private acknowledged(reportId: string, acknowledged: { task: FinishedTask; answer: Acknowledgement }[]): void {
    for (const { answer } of acknowledged) this.runner.book.forget(answer.leaseId);
    const tasks = acknowledged.map(({ task, answer }) => ({ ...executedTask(task), ...answer }));
    if (tasks.length > 0) this.onEvent({ type: 'acknowledged', reportId, tasks });
    this.change.signal();
  }

  /** Code is worth some patience: without it every lease of the version would be given back. */
  private async fetchCode(digest: string): Promise<Uint8Array> {
    const call = { method: 'GET', path: `/v1/worker/code/${digest}`, timeoutMs: this.pace.callTimeoutMs } as const;
    const backoff = new Backoff(this.pace, this.random);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.link.bytes({ ...call, signal: this.ending.signal });
      } catch (error) {
        if (attempt === 4 || this.ending.signal.aborted) throw error;
        await pause(backoff.next(), this.ending.signal);
      }
    }
  }

  private fail(error: unknown): void {
    if (!(error instanceof FatalRefusal)) throw error;
    this.end = { reason: error.reason, detail: error.message };
    // A coordinator whose log has forked still takes leases back, and what was finished for it; the others do not listen.
    if (error.reason !== 'log_forked') this.ending.abort();
    this.stop();
  }

  private async leave(): Promise<number> {
    const { book } = this.runner;
    const { graceMs } = this.pace;
    const returned = book.giveBack('waiting');
    this.onEvent({ type: 'stopping', unfinished: this.runner.running, undelivered: this.delivery.undelivered });
    if (this.ending.signal.aborted) return returned.length;
    await this.change.until(() => book.count('running') === 0, graceMs);
    returned.push(...book.giveBack('running'));
    await this.delivery.drain(graceMs);
    await this.sayGoodbye([...returned, ...book.giveBack('finished')]);
    this.ending.abort();
    return returned.length;
  }

  private async sayGoodbye(returned: string[]): Promise<void> {
    const timeoutMs = Math.min(3_000, this.pace.callTimeoutMs);
    await this.link.bytes({ method: 'POST', path: '/v1/worker/exit', body: { returned }, timeoutMs }).catch(() => {
      // One must be able to leave a coordinator that is down; its leases then end by expiring.
    });
  }
}
