import { Module } from '@nestjs/common';
import { Freezing } from './freezing.js';
import { LedgerController } from './ledger.controller.js';
import { Ledger } from './ledger.js';
import { ReadLedger } from './read-ledger.js';

@Module({ controllers: [LedgerController], providers: [Freezing, Ledger, ReadLedger], exports: [Freezing, Ledger, ReadLedger] })
export class LedgerModule {}
