import { Module } from '@nestjs/common';
import { CheckDeploy } from './check-deploy.js';
import { ClaimRuns } from './claim-runs.js';
import { RefereeRunner } from './referee-runner.js';
import { RefereeRuns } from './referee-runs.js';

@Module({ providers: [CheckDeploy, ClaimRuns, RefereeRunner, RefereeRuns], exports: [CheckDeploy, RefereeRuns] })
export class RefereeModule {}
