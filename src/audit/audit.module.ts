import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.js';
import { AuditController } from './audit.controller.js';
import { CheckBooks } from './check-books.js';
import { JournalController } from './journal.controller.js';
import { MakeReceipt } from './make-receipt.js';
import { PeriodsController } from './periods.controller.js';
import { ReceiptFacts } from './receipt-facts.js';
import { ReceiptsController } from './receipts.controller.js';

@Module({
  imports: [LedgerModule],
  controllers: [AuditController, JournalController, PeriodsController, ReceiptsController],
  providers: [CheckBooks, MakeReceipt, ReceiptFacts],
})
export class AuditModule {}
