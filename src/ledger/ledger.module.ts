import { Module } from '@nestjs/common';
import { BalanceNames } from './journal/balance-names.js';
import { CounterLegs } from './journal/counter-legs.js';
import { ExportJournal } from './journal/export-journal.js';
import { JournalReader } from './journal/journal-reader.js';
import { MergedEntries } from './journal/merged-entries.js';
import { WriteStatement } from './journal/statement.js';
import { SystemJournal } from './journal/system-journal.js';
import { TreeExtents } from './journal/tree-extent.js';
import { LedgerController } from './ledger.controller.js';
import { Ledger } from './ledger.js';
import { LogModule } from './log/log.module.js';
import { ClosePeriods } from './periods/close-periods.js';
import { ReadPeriods } from './periods/read-periods.js';
import { ReadLedger } from './read-ledger.js';
import { StatementsController } from './statements.controller.js';
import { SystemJournalController } from './system-journal.controller.js';
import { TrialBalances } from './trial-balance.js';

const reading = [
  BalanceNames,
  CounterLegs,
  ExportJournal,
  JournalReader,
  MergedEntries,
  SystemJournal,
  TreeExtents,
  TrialBalances,
  WriteStatement,
];

@Module({
  imports: [LogModule],
  controllers: [LedgerController, StatementsController, SystemJournalController],
  providers: [Ledger, ReadLedger, ClosePeriods, ReadPeriods, ...reading],
  exports: [Ledger, ReadLedger, ReadPeriods, ExportJournal, TrialBalances, LogModule],
})
export class LedgerModule {}
