import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.js';
import { AuditController } from './audit.controller.js';
import { CheckBooks } from './check-books.js';
import { MakeReceipt } from './make-receipt.js';
import { ReceiptFacts } from './receipt-facts.js';
import { ReceiptsController } from './receipts.controller.js';

@Module({
  imports: [LedgerModule],
  controllers: [AuditController, ReceiptsController],
  providers: [CheckBooks, MakeReceipt, ReceiptFacts],
})
export class AuditModule {}
