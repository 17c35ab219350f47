/**
 * All balances at a moment. They are read in one snapshot, so they sum to 0, piece by piece, and let go of before the answer is sent:
 * a slow reader holds no snapshot open.
 */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { BalanceNames } from './journal/balance-names.js';
import { TreeExtents } from './journal/tree-extent.js';

const ROWS_PER_PIECE = 5_000;

export interface TrialBalance {
  /** As JSON: the answer's body. */
  text: string[];
}

interface Row {
  id: string;
  public_id: string;
  owner_id: string | null;
  code: number;
  seq: string;
  balance: string;
}

@Injectable()
export class TrialBalances {
  constructor(
    private readonly dataSource: DataSource,
    private readonly names: BalanceNames,
    private readonly trees: TreeExtents,
  ) {}

  /** @param at now where absent */
  run(at: Date | undefined): Promise<TrialBalance> {
    return this.dataSource.transaction('REPEATABLE READ', async (tx) => {
      const [now]: { at: Date }[] = await tx.query('SELECT clock_timestamp() AS at');
      const treeSize = await this.trees.sizeAt(at, tx);
      const text = [`${JSON.stringify({ at: (at ?? now?.at)?.toISOString(), treeSize }).slice(0, -1)},"balances":[`];
      let total = 0n;
      for await (const rows of rowsOf(tx, at)) {
        for (const { balance } of rows) total += BigInt(balance);
        text.push(`${text.length > 1 ? ',' : ''}${rows.map((row) => JSON.stringify(this.line(row))).join(',')}`);
      }
      text.push(`],"total":"${total}"}`);
      return { text };
    });
  }

  private line(row: Row): object {
    const { balance: name } = this.names.remember(row);
    const colon = name.indexOf(':');
    const owner = colon < 0 ? {} : { owner: name.slice(0, colon) };
    return { name, code: name.slice(colon + 1), ...owner, balance: row.balance };
  }
}

/** Balances that had moved by then. */
async function* rowsOf(tx: EntityManager, at: Date | undefined): AsyncGenerator<Row[]> {
  for (let after = '0'; ; ) {
    // Of now, the balances say it themselves.
    const rows: Row[] =
      at === undefined
        ? await tx.query(
            'SELECT id, public_id, owner_id, code, seq, balance FROM ledger.balances WHERE id > $1 AND seq > 0 ORDER BY id LIMIT $2',
            [after, ROWS_PER_PIECE],
          )
        : await tx.query(
            `SELECT * FROM ledger.balances_within($1, $2, $3::timestamptz + interval '1 microsecond', '-infinity', 0, 9223372036854775807)`,
            [after, ROWS_PER_PIECE, at],
          );
    const moved = rows.filter(({ seq }) => seq !== '0');
    if (moved.length > 0) yield moved;
    if (rows.length < ROWS_PER_PIECE) return;
    after = (rows.at(-1) as Row).id;
  }
}
