import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { VerifierModule } from '../verifier/verifier.module.js';
import { Allowances } from './allowances.js';
import { DayUsageReader } from './day-usage.js';
import { GridController } from './grid.controller.js';
import { PayAllowance } from './pay-allowance.js';
import { ReadGrid } from './read-grid.js';
import { ReadStanding } from './read-standing.js';
import { SettledCounts } from './settled-counts.js';
import { StandingController } from './standing.controller.js';

@Module({
  imports: [AccountsModule, LedgerModule, VerifierModule],
  controllers: [GridController, StandingController],
  providers: [Allowances, DayUsageReader, PayAllowance, ReadGrid, ReadStanding, SettledCounts],
})
export class GridModule {}
