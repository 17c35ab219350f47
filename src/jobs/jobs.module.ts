import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { FunctionsModule } from '../functions/functions.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { RefereeModule } from '../referee/referee.module.js';
import { BatchesController } from './batches.controller.js';
import { Batches } from './batches.js';
import { CorrectJobs } from './correct-jobs.js';
import { DropPayloads } from './drop-payloads.js';
import { EndUnstartedJobs } from './end-unstarted-jobs.js';
import { EstimateJob } from './estimate-job.js';
import { EstimateTimes } from './estimate-times.js';
import { EstimatesController } from './estimates.controller.js';
import { FinishJobs } from './finish-jobs.js';
import { InvocationsController } from './invocations.controller.js';
import { JobFactsReader } from './job-facts.js';
import { JobsController } from './jobs.controller.js';
import { Leases } from './leases.js';
import { OpenJobs } from './open-jobs.js';
import { OutcomeWaiters } from './outcome-waiters.js';
import { PrepareJob } from './prepare-job.js';
import { ReadJobs } from './read-jobs.js';
import { ReadTasks } from './read-tasks.js';
import { ReadyTasks } from './ready-tasks.js';
import { Results } from './results.js';
import { Reviews } from './reviews.js';
import { ShowJobs } from './show-jobs.js';
import { SubmitBatch } from './submit-batch.js';
import { SubmitJobs } from './submit-jobs.js';

@Module({
  imports: [AccountsModule, FunctionsModule, LedgerModule, RefereeModule],
  controllers: [JobsController, InvocationsController, EstimatesController, BatchesController],
  providers: [
    Batches,
    CorrectJobs,
    DropPayloads,
    EndUnstartedJobs,
    EstimateJob,
    EstimateTimes,
    FinishJobs,
    JobFactsReader,
    Leases,
    OpenJobs,
    OutcomeWaiters,
    PrepareJob,
    ReadJobs,
    ReadTasks,
    ReadyTasks,
    Results,
    Reviews,
    ShowJobs,
    SubmitBatch,
    SubmitJobs,
  ],
  exports: [
    CorrectJobs,
    EndUnstartedJobs,
    FinishJobs,
    FunctionsModule,
    JobFactsReader,
    Leases,
    LedgerModule,
    OpenJobs,
    OutcomeWaiters,
    ReadyTasks,
    Results,
    Reviews,
  ],
})
export class JobsModule {}
