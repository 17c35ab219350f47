import { Module } from '@nestjs/common';
import { Flows } from './flows.js';
import { LedgerController } from './ledger.controller.js';
import { Ledger } from './ledger.js';
import { ReadLedger } from './read-ledger.js';

@Module({ controllers: [LedgerController], providers: [Flows, Ledger, ReadLedger], exports: [Flows, Ledger, ReadLedger] })
export class LedgerModule {}
