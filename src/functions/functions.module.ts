import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { RefereeModule } from '../referee/referee.module.js';
import { DeployFunction } from './deploy-function.js';
import { FunctionsController } from './functions.controller.js';
import { Functions } from './functions.js';
import { VersionStats } from './version-stats.js';
import { Versions } from './versions.js';

@Module({
  imports: [AccountsModule, RefereeModule],
  controllers: [FunctionsController],
  providers: [DeployFunction, Functions, VersionStats, Versions],
  exports: [VersionStats, Versions],
})
export class FunctionsModule {}
