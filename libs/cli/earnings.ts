/**
 * What a worker has done and what that may bring. The pay is an estimate: only results that agree with the accepted answer are
 * paid, after the verdict, and the worker is not told. The account's balance is the truth.
 */
import { feeOf, unitPrice } from '#libs/credits/price.js';
import type { PricePolicy } from '#libs/policy/policy.js';
import type { WorkerEvent } from '#libs/worker/worker-events.js';

export interface Tally {
  executed: number;
  recorded: number;
  late: number;
  rejected: number;
  hostFailures: number;
  fuel: bigint;
  runMs: number;
  estimatedMicro: bigint;
}

export class Earnings {
  readonly total = emptyTally();
  private minute = emptyTally();

  constructor(private readonly price: PricePolicy) {}

  count(event: WorkerEvent): void {
    if (event.type === 'executed') this.both((tally) => countExecuted(tally, event));
    if (event.type !== 'acknowledged') return;
    for (const task of event.tasks) this.both((tally) => this.countAcknowledged(tally, task));
  }

  /** What was counted since the last call. */
  takeMinute(): Tally {
    const taken = this.minute;
    this.minute = emptyTally();
    return taken;
  }

  private both(change: (tally: Tally) => void): void {
    change(this.total);
    change(this.minute);
  }

  private countAcknowledged(tally: Tally, task: AcknowledgedTask): void {
    if (task.status === 'rejected') tally.rejected += 1;
    if (task.status === 'late') tally.late += 1;
    // A duplicate was recorded when it came first; its acknowledgement got lost.
    if (task.status !== 'recorded' && task.status !== 'duplicate') return;
    tally.recorded += 1;
    if (task.hostFailure) return;
    const unit = unitPrice({ fuel: BigInt(task.fuel), inputBytes: task.inputBytes, outputBytes: task.outputBytes }, this.price);
    tally.estimatedMicro += unit - feeOf(unit, this.price);
  }
}

type AcknowledgedTask = Extract<WorkerEvent, { type: 'acknowledged' }>['tasks'][number];

function countExecuted(tally: Tally, event: Extract<WorkerEvent, { type: 'executed' }>): void {
  tally.executed += 1;
  tally.fuel += BigInt(event.fuel);
  tally.runMs += event.runMs;
  if (event.hostFailure) tally.hostFailures += 1;
}

const emptyTally = (): Tally => ({
  executed: 0,
  recorded: 0,
  late: 0,
  rejected: 0,
  hostFailures: 0,
  fuel: 0n,
  runMs: 0,
  estimatedMicro: 0n,
});
