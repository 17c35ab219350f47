/** The public log over a test's books, as one coordinator process has it. */
import { AppendLeaves, type AppendOutcome } from '../../src/ledger/log/append-leaves.js';
import { CheckLog } from '../../src/ledger/log/check-log.js';
import { KeepLog } from '../../src/ledger/log/keep-log.js';
import { LogKeys } from '../../src/ledger/log/log-keys.js';
import { LogLag } from '../../src/ledger/log/log-lag.js';
import { LogTiles } from '../../src/ledger/log/log-tiles.js';
import { ReadLeaves } from '../../src/ledger/log/read-leaves.js';
import { ReadLog } from '../../src/ledger/log/read-log.js';
import { SignCheckpoint } from '../../src/ledger/log/sign-checkpoint.js';
import type { Settings } from '../../src/settings/settings.js';
import type { TestBooks } from './ledger.js';

export interface TestLog {
  keys: LogKeys;
  appendLeaves: AppendLeaves;
  signCheckpoint: SignCheckpoint;
  readLeaves: ReadLeaves;
  readLog: ReadLog;
  checkLog: CheckLog;
  lag: LogLag;
  keeper: KeepLog;
  /** Chunks until nothing more is to be had now. */
  sequence: () => Promise<AppendOutcome>;
}

export interface LogOptions {
  /** Each byte of the key's seed. */
  key?: number;
  previousKey?: number;
  origin?: string;
}

export function openLog({ dataSource, transaction }: TestBooks, options: LogOptions = {}): TestLog {
  const { key = 1, previousKey, origin = 'http://localhost:3000' } = options;
  const settings = {
    publicOrigin: origin,
    logKey: Buffer.alloc(32, key),
    previousLogKey: previousKey === undefined ? undefined : Buffer.alloc(32, previousKey),
  } as Settings;
  const keys = new LogKeys(dataSource, transaction, settings);
  const tiles = new LogTiles(dataSource);
  const readLog = new ReadLog(dataSource, tiles);
  const readLeaves = new ReadLeaves(dataSource);
  const appendLeaves = new AppendLeaves(dataSource, transaction, readLeaves);
  const signCheckpoint = new SignCheckpoint(dataSource, keys);
  const lag = new LogLag(dataSource);
  return {
    keys,
    appendLeaves,
    signCheckpoint,
    readLeaves,
    readLog,
    checkLog: new CheckLog(dataSource, readLog, readLeaves, tiles, keys),
    lag,
    keeper: new KeepLog(dataSource, keys, appendLeaves, signCheckpoint, lag),
    sequence: async () => {
      let outcome: AppendOutcome;
      do outcome = await appendLeaves.run();
      while (outcome.state === 'more');
      return outcome;
    },
  };
}
