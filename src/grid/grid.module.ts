import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { Allowances } from './allowances.js';
import { DayUsageReader } from './day-usage.js';
import { GridController } from './grid.controller.js';
import { PayAllowance } from './pay-allowance.js';
import { ReadGrid } from './read-grid.js';
import { SettledCounts } from './settled-counts.js';

@Module({
  imports: [AccountsModule, LedgerModule],
  controllers: [GridController],
  providers: [Allowances, DayUsageReader, PayAllowance, ReadGrid, SettledCounts],
})
export class GridModule {}
