/**
 * Runs the leases of the book, at most `threads` at once, oldest first, and hands every finished task on. What cannot be run here,
 * or not in time, is given back: dropping it from the book is all it takes, the next poll tells the coordinator.
 */
import { CodeCache } from './code-cache.js';
import { executeLease } from './execute-lease.js';
import { executedTask } from './executed-task.js';
import type { Execute, FinishedTask, Lease } from './lease.js';
import { type HeldLease, LeaseBook } from './lease-book.js';
import { Supply } from './supply.js';
import type { OnWorkerEvent } from './worker-events.js';

export interface TaskRunnerOptions {
  threads: number;
  runtimes: readonly string[];
  execute: Execute;
  fetchCode: (digest: string) => Promise<Uint8Array>;
  onFinished: (task: FinishedTask) => void;
  /** A thread has become free. */
  onChange: () => void;
  onEvent: OnWorkerEvent;
}

export class TaskRunner {
  readonly book = new LeaseBook();
  /** Guests running now; those whose lease is gone included, for they still use a thread. */
  running = 0;
  private readonly code: CodeCache;
  private readonly supply: Supply;

  constructor(private readonly options: TaskRunnerOptions) {
    this.code = new CodeCache(options.fetchCode);
    this.supply = new Supply(options.threads);
  }

  /** Leases that could be used now. */
  get freeSlots(): number {
    return this.supply.target() - this.running - this.book.count('waiting');
  }

  get isIdle(): boolean {
    return this.running === 0 && this.book.count('waiting') === 0;
  }

  receive(leases: readonly Lease[]): void {
    const now = performance.now();
    for (const lease of leases) {
      if (!this.book.receive(lease, now)) continue;
      const { leaseId, jobId, functionName, leaseMs } = lease;
      this.options.onEvent({ type: 'leased', leaseId, jobId, functionName, leaseMs });
    }
    this.startWaiting();
  }

  private startWaiting(): void {
    while (this.running < this.options.threads) {
      const held = this.book.startNext();
      if (held === undefined) return;
      const heldMs = performance.now() - held.receivedAt;
      if (heldMs > held.lease.leaseMs / 2) this.giveBack(held, 'it has waited for half of its lease');
      else if (!this.options.runtimes.includes(held.lease.runtimeId)) this.giveBack(held, `no runtime ${held.lease.runtimeId}`);
      else void this.runTask(held, heldMs);
    }
  }

  private async runTask(held: HeldLease, heldMs: number): Promise<void> {
    const { lease } = held;
    this.running += 1;
    const code = (digest: string) => this.code.get(digest);
    const ending = await executeLease({ lease, heldMs, code, execute: this.options.execute });
    this.running -= 1;
    if (ending.state === 'unusable') this.giveBack(held, ending.reason);
    else if (this.book.finish(lease.leaseId)) this.handOn(ending.task);
    this.startWaiting();
    this.options.onChange();
  }

  private handOn(task: FinishedTask): void {
    this.supply.observe(task.result.runMs);
    this.options.onEvent({ type: 'executed', ...executedTask(task) });
    this.options.onFinished(task);
  }

  private giveBack({ lease: { leaseId, jobId } }: HeldLease, reason: string): void {
    if (this.book.forget(leaseId) !== undefined) this.options.onEvent({ type: 'given_back', leaseId, jobId, reason });
  }
}
