/**
 * Law I13 as the log grows: the leaves since the last sweep, and one more slice of the old ones. Hashing a leaf again costs as much as
 * sequencing it: at the highest rates the sweep falls behind here, says so in its range, and catches up when there is time.
 */
import { Injectable } from '@nestjs/common';
import { CheckLog } from '../ledger/log/check-log.js';
import { ReadLog } from '../ledger/log/read-log.js';
import type { Offenders } from '../ledger/offenders.js';
import type { Turn } from './sweep-progress.js';

const NEW_LEAVES = 20_000;
const ROUND_LEAVES = 2_000;

export interface SweptLog {
  logTo: number;
  roundLeaf: number;
  range: string;
}

@Injectable()
export class SweepLog {
  constructor(
    private readonly checkLog: CheckLog,
    private readonly readLog: ReadLog,
  ) {}

  async run({ logTo, roundLeaf }: Pick<Turn, 'logTo' | 'roundLeaf'>, offenders: Offenders): Promise<SweptLog> {
    const size = await this.readLog.size();
    const to = Math.min(size, logTo + NEW_LEAVES);
    offenders.add('I13', await this.checkLog.run(Math.min(logTo, to), to));
    const end = Math.min(size, roundLeaf + ROUND_LEAVES);
    if (roundLeaf < end) offenders.add('I13', await this.checkLog.run(roundLeaf, end));
    return {
      logTo: to,
      roundLeaf: end >= size ? 0 : end,
      range: `leaves ${logTo} to ${to} of ${size} as they came, ${roundLeaf} to ${end} again`,
    };
  }

  async full(offenders: Offenders): Promise<void> {
    offenders.add('I13', await this.checkLog.run());
  }
}
