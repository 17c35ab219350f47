import { Global, Module } from '@nestjs/common';
import { ForgetIdempotencyKeys } from './forget-idempotency-keys.js';
import { Idempotency } from './idempotency.js';
import { LimitsController } from './limits.controller.js';
import { Cursors } from './paging.js';

@Global()
@Module({
  controllers: [LimitsController],
  providers: [Cursors, ForgetIdempotencyKeys, Idempotency],
  exports: [Cursors, Idempotency],
})
export class HttpModule {}
