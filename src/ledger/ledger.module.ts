import { Module } from '@nestjs/common';
import { LedgerController } from './ledger.controller.js';
import { Ledger } from './ledger.js';
import { LogModule } from './log/log.module.js';
import { ReadLedger } from './read-ledger.js';

@Module({
  imports: [LogModule],
  controllers: [LedgerController],
  providers: [Ledger, ReadLedger],
  exports: [Ledger, ReadLedger, LogModule],
})
export class LedgerModule {}
