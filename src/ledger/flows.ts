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
  /** Paid work, and settled jobs of its own. */
  servedJobs: number;
  submittedJobs: number;
}

interface FlowRow {
  account_id: string;
  submitter_id: string;
  earned: string;
  spent: string;
  served: string;
  submitted: string;
}

const TRANSFERS_PER_READ = 20_000n;

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
      'SELECT after_id + 1 AS first, last_id + 1 AS last FROM ledger.ids_between($1, $2)',
      [since, before],
    );
    const [first, last] = [BigInt(range?.first ?? 1), BigInt(range?.last ?? 1)];
    const flows = new Map<string, Flow>();
    for (let from = first; from < last; from += TRANSFERS_PER_READ) {
      const to = from + TRANSFERS_PER_READ < last ? from + TRANSFERS_PER_READ : last;
      const rows: FlowRow[] = await this.dataSource.query('SELECT * FROM ledger.flows($1, $2, $3, $4)', [
        from,
        to,
        since,
        before,
      ]);
      for (const row of rows) {
        const name = `${row.account_id} ${row.submitter_id}`;
        const flow = flows.get(name);
        flows.set(name, {
          accountId: row.account_id,
          submitterId: row.submitter_id,
          earnedMicro: (flow?.earnedMicro ?? 0n) + BigInt(row.earned),
          spentMicro: (flow?.spentMicro ?? 0n) + BigInt(row.spent),
          servedJobs: (flow?.servedJobs ?? 0) + Number(row.served),
          submittedJobs: (flow?.submittedJobs ?? 0) + Number(row.submitted),
        });
      }
    }
    return [...flows.values()];
  }

  /** Of one account since a moment, over all submitters; at most its last 20,000 entries a balance. */
  async ofAccount(accountId: string, since: Date): Promise<Omit<Flow, 'submitterId'>> {
    const [row]: FlowRow[] = await this.dataSource.query(
      `WITH recent AS MATERIALIZED (
         SELECT e.transfer_id, b.code, e.amount FROM ledger.balances b CROSS JOIN LATERAL (
           SELECT e.transfer_id, e.amount FROM ledger.entries e WHERE e.balance_id = b.id ORDER BY e.seq DESC LIMIT 20000
         ) e WHERE b.owner_id = $1 AND e.transfer_id > (SELECT ledger.last_id_before($2::timestamptz - interval '1 minute'))
       ), paid AS (
         SELECT sum(r.amount) AS net, bool_or(r.code = 5) AS payer FROM recent r JOIN ledger.transfers t ON t.id = r.transfer_id
         WHERE t.kind IN (5, 10, 11) AND t.created_at >= $2 GROUP BY r.transfer_id
       )
       SELECT coalesce(sum(net) FILTER (WHERE NOT payer), 0) AS earned, coalesce(-sum(net) FILTER (WHERE payer), 0) AS spent,
         count(*) FILTER (WHERE NOT payer) AS served, count(*) FILTER (WHERE payer) AS submitted
       FROM paid`,
      [accountId, since],
    );
    return {
      accountId,
      earnedMicro: BigInt(row?.earned ?? 0),
      spentMicro: BigInt(row?.spent ?? 0),
      servedJobs: Number(row?.served ?? 0),
      submittedJobs: Number(row?.submitted ?? 0),
    };
  }
}
