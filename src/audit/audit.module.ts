import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.js';
import { AuditController } from './audit.controller.js';
import { CheckBooks } from './check-books.js';

@Module({ imports: [LedgerModule], controllers: [AuditController], providers: [CheckBooks] })
export class AuditModule {}
