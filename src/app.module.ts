import { Module } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module.js';
import { AuditModule } from './audit/audit.module.js';
import { DatabaseModule } from './database/database.module.js';
import { FunctionsModule } from './functions/functions.module.js';
import { GridModule } from './grid/grid.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { JobsModule } from './jobs/jobs.module.js';
import { LedgerModule } from './ledger/ledger.module.js';
import { NodesModule } from './nodes/nodes.module.js';
import { QueueModule } from './queue/queue.module.js';
import { RefereeModule } from './referee/referee.module.js';
import { SchedulerModule } from './scheduler/scheduler.module.js';
import { SettingsModule } from './settings/settings.module.js';
import { VerifierModule } from './verifier/verifier.module.js';

/** The only list of the capabilities. */
@Module({
  imports: [
    SettingsModule,
    DatabaseModule,
    QueueModule,
    HttpModule,
    LedgerModule,
    AccountsModule,
    RefereeModule,
    FunctionsModule,
    NodesModule,
    JobsModule,
    SchedulerModule,
    VerifierModule,
    AuditModule,
    GridModule,
    HealthModule,
  ],
})
export class AppModule {}
