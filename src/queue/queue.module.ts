import { BullModule } from '@nestjs/bullmq';
import { Global, Module } from '@nestjs/common';
import { Settings } from '../settings/settings.js';
import { BackgroundConnection } from './background-connection.js';
import { HINT_CHANNEL } from './hint-channel.js';
import { Hints } from './hints.js';
import { PostgresHintChannel } from './postgres-hint-channel.js';
import { RecurringProcessor } from './recurring.processor.js';
import { RECURRING, RecurringWork } from './recurring-work.js';
import { RedisHintChannel } from './redis-hint-channel.js';

@Global()
@Module({
  providers: [BackgroundConnection],
  exports: [BackgroundConnection],
})
export class BackgroundConnectionModule {}

@Global()
@Module({
  imports: [
    BackgroundConnectionModule,
    BullModule.forRootAsync({
      imports: [BackgroundConnectionModule],
      inject: [BackgroundConnection],
      useFactory: (background: BackgroundConnection) => ({ connection: background.connection as never }),
    }),
    BullModule.registerQueue({ name: RECURRING }),
  ],
  providers: [
    {
      provide: HINT_CHANNEL,
      inject: [Settings],
      useFactory: (settings: Settings) =>
        settings.redisUrl ? new RedisHintChannel(settings.redisUrl) : new PostgresHintChannel(settings.databaseDirectUrl),
    },
    Hints,
    RecurringProcessor,
    RecurringWork,
  ],
  exports: [Hints, RecurringWork],
})
export class QueueModule {}
