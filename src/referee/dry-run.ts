/**
 * A dry run for a caller who waits at the door: of a deploy, of an estimate. The line is short and so is the run; who finds the line
 * full, or is not served in time, is told to come again.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { newId } from '#libs/signing/ids.js';
import { Transaction } from '../database/transaction.js';
import { DomainError } from '../http/domain-error.js';
import { Hints } from '../queue/hints.js';
import { Settings } from '../settings/settings.js';
import { type FinishedRun, type NewRun, RefereeRuns } from './referee-runs.js';

export type DryRunPurpose = 'deploy' | 'estimate';

const LOOK_MS = 100;

@Injectable()
export class DryRun {
  constructor(
    private readonly transaction: Transaction,
    private readonly refereeRuns: RefereeRuns,
    private readonly hints: Hints,
    private readonly settings: Settings,
  ) {}

  /**
   * @param also what belongs to asking, in its transaction
   * @throws DomainError referee_busy where the line is full or nobody ran it in time
   */
  async run(
    asked: Omit<NewRun, 'id' | 'subject' | 'purpose'> & { purpose: DryRunPurpose },
    also: (tx: EntityManager) => Promise<void> = async () => undefined,
  ): Promise<FinishedRun> {
    const { queue, timeoutMs } = this.lineOf(asked.purpose);
    const id = newId();
    await this.transaction.run(async (tx) => {
      await also(tx);
      if (!(await this.refereeRuns.requestWithin(tx, { ...asked, id, subject: id }, queue))) throw busy();
    });
    this.hints.send('referee_requested');
    // As long for the wait in line as for the run itself.
    const finished = await this.finished(id, 2 * timeoutMs);
    if (finished) return finished;
    await this.refereeRuns.withdraw(id);
    throw busy();
  }

  private lineOf(purpose: DryRunPurpose): { queue: number; timeoutMs: number } {
    const { deployQueue, deployTimeoutMs, estimateQueue, estimateTimeoutMs } = this.settings.policy.referee;
    if (purpose === 'deploy') return { queue: deployQueue, timeoutMs: deployTimeoutMs };
    return { queue: estimateQueue, timeoutMs: estimateTimeoutMs };
  }

  private async finished(id: string, withinMs: number): Promise<FinishedRun | undefined> {
    const deadline = Date.now() + withinMs;
    let wake: () => void = () => undefined;
    const stopListening = this.hints.on('referee_finished', () => wake());
    try {
      for (;;) {
        const run = await this.refereeRuns.collect(id);
        if (run || Date.now() > deadline) return run;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOOK_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    } finally {
      stopListening();
    }
  }
}

const busy = (): DomainError =>
  new DomainError('referee_busy', 'the referee has no time for a dry run now; send the request again in a moment', {
    retryAfterSeconds: 5,
  });
