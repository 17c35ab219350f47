import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { AdjustBooks } from './adjust-books.js';
import { AdjustmentsController } from './adjustments.controller.js';
import { Adjustments } from './adjustments.js';
import { AuditController } from './audit.controller.js';
import { BooksMetrics } from './books-metrics.js';
import { CheckBooks } from './check-books.js';
import { JournalController } from './journal.controller.js';
import { LawStates } from './law-states.js';
import { MakeReceipt } from './make-receipt.js';
import { PeriodsController } from './periods.controller.js';
import { PostAdjustment } from './post-adjustment.js';
import { ReceiptFacts } from './receipt-facts.js';
import { ReceiptsController } from './receipts.controller.js';
import { SweepBooks } from './sweep-books.js';
import { SweepLog } from './sweep-log.js';
import { SweepProgress } from './sweep-progress.js';

@Module({
  imports: [AccountsModule, LedgerModule],
  controllers: [AuditController, AdjustmentsController, JournalController, PeriodsController, ReceiptsController],
  providers: [
    ...[AdjustBooks, Adjustments, PostAdjustment],
    ...[BooksMetrics, CheckBooks, LawStates, SweepBooks, SweepLog, SweepProgress],
    ...[MakeReceipt, ReceiptFacts],
  ],
})
export class AuditModule {}
