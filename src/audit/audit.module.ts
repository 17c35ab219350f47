import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.js';
import { AuditController } from './audit.controller.js';
import { CheckBooks } from './check-books.js';
import { LawStates } from './law-states.js';
import { SweepBooks } from './sweep-books.js';
import { SweepProgress } from './sweep-progress.js';

@Module({
  imports: [LedgerModule],
  controllers: [AuditController],
  providers: [CheckBooks, LawStates, SweepBooks, SweepProgress],
})
export class AuditModule {}
