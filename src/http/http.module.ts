import { Global, Module } from '@nestjs/common';
import { ForgetIdempotencyKeys } from './forget-idempotency-keys.js';
import { Idempotency } from './idempotency.js';
import { LimitsController } from './limits.controller.js';
import { Metrics } from './metrics.js';
import { Cursors } from './paging.js';

@Global()
@Module({
  controllers: [LimitsController],
  providers: [Cursors, ForgetIdempotencyKeys, Idempotency, Metrics],
  exports: [Cursors, Idempotency, Metrics],
})
export class HttpModule {}
