/** Shows what a worker does: lines for people, with a summary each minute in which something happened, or events for machines. */
import type { PricePolicy } from '#libs/policy/policy.js';
import type { Volunteer } from '#libs/worker/volunteer.js';
import type { WorkerEnd } from '#libs/worker/worker.js';
import type { WorkerEvent } from '#libs/worker/worker-events.js';
import { Earnings, type Tally } from './earnings.js';
import type { Terminal } from './terminal.js';
import { containmentLines, count, eventLine, forkWords, tallyLine } from './worker-lines.js';

export interface WorkerConsoleOptions {
  terminal: Terminal;
  price: PricePolicy;
  json: boolean;
  verbose: boolean;
  now?: () => Date;
}

const SUMMARY_MS = 60_000;

export class WorkerConsole {
  private readonly earnings: Earnings;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly options: WorkerConsoleOptions) {
    this.earnings = new Earnings(options.price);
  }

  started({ node, containment, url, threads }: Pick<Volunteer, 'node' | 'containment'> & { url: string; threads: number }): void {
    this.timer = setInterval(() => this.summary(), SUMMARY_MS);
    this.timer.unref();
    const { nodeId, name, stage, origin, notice } = node;
    if (this.options.json) {
      this.print({ type: 'ready', nodeId, name, stage, origin, url, threads, ...containment, notice });
      return;
    }
    this.line(`${nodeId} “${name}” ${stage === undefined ? '' : `(${stage}) `}serves ${origin} with ${count(threads, 'thread')}`);
    for (const line of containmentLines(containment)) this.line(line);
    if (notice !== undefined) this.line(notice);
  }

  onEvent(event: WorkerEvent): void {
    this.earnings.count(event);
    // On stderr, whatever is printed on stdout: a person has to see this.
    if (event.type === 'log_forked') this.options.terminal.err(forkWords(event));
    if (this.options.json) {
      this.print(event);
      return;
    }
    const line = eventLine(event, this.options.verbose);
    if (line !== undefined) for (const part of line.split('\n')) this.line(part);
  }

  waiting(detail: string): void {
    if (this.options.json) {
      this.print({ type: 'waiting', detail });
      return;
    }
    this.line(`the coordinator does not answer yet (${detail}); trying again`);
  }

  stopped(end: WorkerEnd): void {
    clearInterval(this.timer);
    const total = this.earnings.total;
    if (this.options.json) {
      this.print({ type: 'summary', period: 'total', ...plain(total) });
      return;
    }
    this.line(`stopped after ${tallyLine(total, total)}`);
    if (end.reason === 'protocol_too_old')
      this.line(`This worker is too old for its coordinator: update it. ${end.detail ?? ''}`);
    if (end.reason === 'unauthorized')
      this.line(`The coordinator does not accept this node's key (any more): ${end.detail ?? ''}`);
  }

  private summary(): void {
    const minute = this.earnings.takeMinute();
    if (this.options.json) {
      this.print({ type: 'summary', period: 'minute', ...plain(minute) });
      return;
    }
    if (minute.executed + minute.recorded > 0) this.line(`last minute: ${tallyLine(minute, this.earnings.total)}`);
  }

  private print(event: object): void {
    this.options.terminal.out(JSON.stringify({ at: this.now().toISOString(), ...event }));
  }

  private line(text: string): void {
    this.options.terminal.out(`${this.now().toTimeString().slice(0, 8)} ${text}`);
  }

  private now(): Date {
    return this.options.now?.() ?? new Date();
  }
}

const plain = (tally: Tally) => ({ ...tally, fuel: tally.fuel.toString(), estimatedMicro: tally.estimatedMicro.toString() });
