import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.js';
import { AuditController } from './audit.controller.js';
import { CheckBooks } from './check-books.js';
import { JournalController } from './journal.controller.js';
import { PeriodsController } from './periods.controller.js';

@Module({
  imports: [LedgerModule],
  controllers: [AuditController, JournalController, PeriodsController],
  providers: [CheckBooks],
})
export class AuditModule {}
