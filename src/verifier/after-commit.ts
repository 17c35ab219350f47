/** What the rest of the system is told once a plan is committed. Hints only: whoever misses one finds the rows. */
import { Injectable } from '@nestjs/common';
import { AssignLines } from '../accounts/assign-lines.js';
import { OutcomeWaiters } from '../jobs/outcome-waiters.js';
import { Hints } from '../queue/hints.js';
import type { SettlementPlan } from './settlement-plan.js';

@Injectable()
export class AfterCommit {
  constructor(
    private readonly waiters: OutcomeWaiters,
    private readonly hints: Hints,
    private readonly assignLines: AssignLines,
  ) {}

  run(plan: SettlementPlan): void {
    if (plan.outcomes.length > 0) this.waiters.announce(plan.outcomes.map(({ jobId }) => jobId));
    if (plan.tasks.length > 0) this.hints.send('ready');
    if (plan.firstChecked) this.assignLines.wake();
    if (plan.asks.length > 0) this.hints.send('referee_requested');
  }
}
