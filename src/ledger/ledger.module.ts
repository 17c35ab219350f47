import { Module } from '@nestjs/common';
import { LedgerController } from './ledger.controller.js';
import { Ledger } from './ledger.js';
import { ReadLedger } from './read-ledger.js';

@Module({ controllers: [LedgerController], providers: [Ledger, ReadLedger], exports: [Ledger, ReadLedger] })
export class LedgerModule {}
