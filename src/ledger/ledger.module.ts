import { Module } from '@nestjs/common';
import { Flows } from './flows.js';
import { Freezing } from './freezing.js';
import { JournalModule } from './journal/journal.module.js';
import { LedgerController } from './ledger.controller.js';
import { Ledger } from './ledger.js';
import { LogModule } from './log/log.module.js';
import { ReadLedger } from './read-ledger.js';

@Module({
  imports: [LogModule, JournalModule],
  controllers: [LedgerController],
  providers: [Flows, Freezing, Ledger, ReadLedger],
  exports: [Flows, Freezing, Ledger, ReadLedger, LogModule, JournalModule],
})
export class LedgerModule {}
