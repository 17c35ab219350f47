/**
 * Background work that recurs: each capability says what, and how often; BullMQ keeps the calendar, the retries and the back-off.
 * A run may come twice or late, on any replica: every piece works over sets and finds what is due in the tables.
 */
import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { recur } from './calendar.js';

export const RECURRING = 'recurring';

@Injectable()
export class RecurringWork {
  private readonly pieces = new Map<string, () => Promise<void>>();

  constructor(@InjectQueue(RECURRING) private readonly queue: Queue) {}

  async every(everyMs: number, name: string, run: () => Promise<void>): Promise<void> {
    this.pieces.set(name, run);
    await recur(this.queue, name, everyMs);
  }

  /** A name that no capability of this version knows is left to one that does. */
  async run(name: string): Promise<void> {
    await this.pieces.get(name)?.();
  }
}
