import { Module } from '@nestjs/common';
import { AppendLeaves } from './append-leaves.js';
import { CheckLog } from './check-log.js';
import { KeepLog } from './keep-log.js';
import { LogController } from './log.controller.js';
import { LogKeys } from './log-keys.js';
import { LogLag } from './log-lag.js';
import { LogTiles } from './log-tiles.js';
import { ReadLeaves } from './read-leaves.js';
import { ReadLog } from './read-log.js';
import { SignCheckpoint } from './sign-checkpoint.js';

@Module({
  controllers: [LogController],
  providers: [AppendLeaves, CheckLog, KeepLog, LogKeys, LogLag, LogTiles, ReadLeaves, ReadLog, SignCheckpoint],
  exports: [CheckLog, LogKeys, LogLag, ReadLeaves, ReadLog],
})
export class LogModule {}
