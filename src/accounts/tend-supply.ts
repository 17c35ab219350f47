/**
 * The recurring work of the supply, in its order: count the closed days, give what was to be given of them, set the lines by them, write
 * off what nobody will pay. Each part finds in the tables what is due: a run may come twice, late, or on another replica.
 */
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { RecurringWork } from '../queue/recurring-work.js';
import { AccountDays } from './account-days.js';
import { AssignLines } from './assign-lines.js';
import { DonateEarnings } from './donate-earnings.js';
import { WriteOffDebts } from './write-off-debts.js';

const DAILY_LOOK_MS = 600_000;
const LINES_LOOK_MS = 60_000;
const WRITE_OFF_LOOK_MS = 4 * 3_600_000;

@Injectable()
export class TendSupply implements OnApplicationBootstrap {
  constructor(
    private readonly recurringWork: RecurringWork,
    private readonly accountDays: AccountDays,
    private readonly donateEarnings: DonateEarnings,
    private readonly assignLines: AssignLines,
    private readonly writeOffDebts: WriteOffDebts,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.recurringWork.every(DAILY_LOOK_MS, 'count days and donate', () => this.tendDays(new Date()));
    await this.recurringWork.every(LINES_LOOK_MS, 'credit lines', () => this.assignLines.run(new Date()));
    await this.recurringWork.every(WRITE_OFF_LOOK_MS, 'write off debts', () => this.writeOffDebts.run(new Date()));
  }

  async tendDays(now: Date): Promise<void> {
    await this.accountDays.count(now);
    await this.donateEarnings.run();
  }
}
