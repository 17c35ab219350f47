import { Module } from '@nestjs/common';
import { LogModule } from '../log/log.module.js';
import { ClosePeriods } from '../periods/close-periods.js';
import { ReadPeriods } from '../periods/read-periods.js';
import { StatementsController } from '../statements.controller.js';
import { SystemJournalController } from '../system-journal.controller.js';
import { TrialBalances } from '../trial-balance.js';
import { BalanceNames } from './balance-names.js';
import { CounterLegs } from './counter-legs.js';
import { ExportJournal } from './export-journal.js';
import { JournalReader } from './journal-reader.js';
import { MergedEntries } from './merged-entries.js';
import { WriteStatement } from './statement.js';
import { SystemJournal } from './system-journal.js';
import { TreeExtents } from './tree-extent.js';

/** The reading side of the books: balances of any moment, statements, journals, closed days. */
@Module({
  imports: [LogModule],
  controllers: [StatementsController, SystemJournalController],
  providers: [
    BalanceNames,
    ClosePeriods,
    CounterLegs,
    ExportJournal,
    JournalReader,
    MergedEntries,
    ReadPeriods,
    SystemJournal,
    TreeExtents,
    TrialBalances,
    WriteStatement,
  ],
  exports: [ExportJournal, ReadPeriods, TrialBalances],
})
export class JournalModule {}
