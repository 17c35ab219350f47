import { Module } from '@nestjs/common';
import { CheckDeploy } from './check-deploy.js';
import { ClaimRuns } from './claim-runs.js';
import { DryRun } from './dry-run.js';
import { RefereeRunner } from './referee-runner.js';
import { RefereeRuns } from './referee-runs.js';

@Module({ providers: [CheckDeploy, ClaimRuns, DryRun, RefereeRunner, RefereeRuns], exports: [CheckDeploy, DryRun, RefereeRuns] })
export class RefereeModule {}
