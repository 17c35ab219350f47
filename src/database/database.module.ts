import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Settings } from '../settings/settings.js';
import { APP_SESSION_OPTIONS } from './app-role.js';
import { Outbox } from './outbox.js';
import { Transaction } from './transaction.js';
import { WarnOfOwnerLogin } from './warn-of-owner-login.js';

@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Settings],
      useFactory: (settings: Settings) => ({
        type: 'postgres' as const,
        url: settings.databaseUrl,
        applicationName: 'potluck',
        poolSize: settings.databasePoolSize,
        synchronize: false,
        autoLoadEntities: true,
        // A database that restarts at the same time is waited for.
        retryAttempts: 10,
        retryDelay: 500,
        extra: { options: APP_SESSION_OPTIONS, connectionTimeoutMillis: 10_000 },
        poolErrorHandler: () => {
          // An idle connection broke: the pool opens another with the next query.
        },
      }),
    }),
  ],
  providers: [Transaction, Outbox, WarnOfOwnerLogin],
  exports: [Transaction, Outbox],
})
export class DatabaseModule {}
