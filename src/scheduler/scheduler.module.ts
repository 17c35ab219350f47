import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/jobs.module.js';
import { NodesModule } from '../nodes/nodes.module.js';
import { Beat } from './beat.js';
import { ExitNode } from './exit-node.js';
import { GiveBackLeases } from './give-back-leases.js';
import { Matcher } from './matcher.js';
import { PollLeases } from './poll-leases.js';
import { SweepLeases } from './sweep-leases.js';
import { WorkerController } from './worker.controller.js';

@Module({
  imports: [JobsModule, NodesModule],
  controllers: [WorkerController],
  providers: [Beat, ExitNode, GiveBackLeases, Matcher, PollLeases, SweepLeases],
})
export class SchedulerModule {}
