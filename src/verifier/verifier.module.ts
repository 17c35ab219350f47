import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { FunctionsModule } from '../functions/functions.module.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { NodesModule } from '../nodes/nodes.module.js';
import { RefereeModule } from '../referee/referee.module.js';
import { AfterCommit } from './after-commit.js';
import { AskReferee } from './ask-referee.js';
import { CollectReferee } from './collect-referee.js';
import { DecideJobs } from './decide-jobs.js';
import { LateResults } from './late-results.js';
import { MedianUnit } from './median-unit.js';
import { PostPlan } from './post-plan.js';
import { RecordReports } from './record-reports.js';
import { ReleaseStake } from './release-stake.js';
import { ReportBatch } from './report-batch.js';
import { ResultsController } from './results.controller.js';
import { ReviewJobs } from './review-jobs.js';
import { SettleDisputes } from './settle-disputes.js';
import { SettledJobs } from './settled-jobs.js';
import { WritePlan } from './write-plan.js';

@Module({
  imports: [AccountsModule, JobsModule, FunctionsModule, NodesModule, RefereeModule, LedgerModule],
  controllers: [ResultsController],
  providers: [
    AfterCommit,
    AskReferee,
    CollectReferee,
    DecideJobs,
    LateResults,
    MedianUnit,
    PostPlan,
    RecordReports,
    ReleaseStake,
    ReportBatch,
    ReviewJobs,
    SettleDisputes,
    SettledJobs,
    WritePlan,
  ],
  exports: [MedianUnit],
})
export class VerifierModule {}
