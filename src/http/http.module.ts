import { Global, Module } from '@nestjs/common';
import { Idempotency } from './idempotency.js';
import { LimitsController } from './limits.controller.js';
import { Cursors } from './paging.js';

@Global()
@Module({ controllers: [LimitsController], providers: [Cursors, Idempotency], exports: [Cursors, Idempotency] })
export class HttpModule {}
