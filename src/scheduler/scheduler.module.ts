import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/jobs.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { NodesModule } from '../nodes/nodes.module.js';
import { Beat } from './beat.js';
import { ExitNode } from './exit-node.js';
import { GiveBackLeases } from './give-back-leases.js';
import { LatestCheckpoint } from './latest-checkpoint.js';
import { Matcher } from './matcher.js';
import { PollLeases } from './poll-leases.js';
import { SweepLeases } from './sweep-leases.js';
import { WorkerController } from './worker.controller.js';

@Module({
  imports: [JobsModule, LedgerModule, NodesModule],
  controllers: [WorkerController],
  providers: [Beat, ExitNode, GiveBackLeases, LatestCheckpoint, Matcher, PollLeases, SweepLeases],
})
export class SchedulerModule {}
