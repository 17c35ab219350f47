/** What accounts earned and spent on a UTC day, read from the books by id in short ranges. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** The nil UUID: nobody submitted this; commons paid. */
export const NO_SUBMITTER = '00000000-0000-0000-0000-000000000000';

export interface Flow {
  accountId: string;
  submitterId: string;
  earnedMicro: bigint;
  spentMicro: bigint;
}

const TRANSFERS_PER_READ = 20_000n;
/** Ids and times may be out of step by as much as one posting lasts; transactions end after 30 s. */
const SLACK_MS = 60_000;

@Injectable()
export class Flows {
  constructor(private readonly dataSource: DataSource) {}

  /** The time of the first transfer ever; undefined in empty books. */
  async beganAt(): Promise<Date | undefined> {
    const [row]: { at: Date }[] = await this.dataSource.query(
      'SELECT created_at AS at FROM ledger.transfers ORDER BY id LIMIT 1',
    );
    return row?.at;
  }

  async between(since: Date, before: Date): Promise<Flow[]> {
    const [range]: { first: string; last: string }[] = await this.dataSource.query(
      'SELECT ledger.first_transfer_since($1) AS first, ledger.first_transfer_since($2) AS last',
      [new Date(since.getTime() - SLACK_MS), new Date(before.getTime() + SLACK_MS)],
    );
    const [first, last] = [BigInt(range?.first ?? 1), BigInt(range?.last ?? 1)];
    const flows = new Map<string, Flow>();
    for (let from = first; from < last; from += TRANSFERS_PER_READ) {
      const to = from + TRANSFERS_PER_READ < last ? from + TRANSFERS_PER_READ : last;
      const rows: { account_id: string; submitter_id: string; earned: string; spent: string }[] = await this.dataSource.query(
        'SELECT * FROM ledger.flows($1, $2, $3, $4)',
        [from, to, since, before],
      );
      for (const row of rows) {
        const name = `${row.account_id} ${row.submitter_id}`;
        const flow = flows.get(name);
        flows.set(name, {
          accountId: row.account_id,
          submitterId: row.submitter_id,
          earnedMicro: (flow?.earnedMicro ?? 0n) + BigInt(row.earned),
          spentMicro: (flow?.spentMicro ?? 0n) + BigInt(row.spent),
        });
      }
    }
    return [...flows.values()];
  }
}
