/** The other legs of transfers of which some are known: as far as the reader may see them, and never with their balances. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { BalanceNames } from './balance-names.js';
import type { JournalTransfer } from './journal-document.js';
import { balancesIn, LEGS, legsOf } from './transfer-rows.js';

@Injectable()
export class CounterLegs {
  constructor(
    private readonly dataSource: DataSource,
    private readonly names: BalanceNames,
  ) {}

  /** @param seesAll other accounts are named; else they are all `others` */
  async added(transfers: JournalTransfer[], seesAll: boolean): Promise<JournalTransfer[]> {
    const rows: { transfer_id: string; legs: string }[] = await this.dataSource.query(
      `SELECT i.id AS transfer_id, e.legs FROM unnest($1::bigint[]) AS i(id)
       CROSS JOIN LATERAL (SELECT ${LEGS} AS legs FROM ledger.entries e WHERE e.transfer_id = i.id) e`,
      [transfers.map(({ id }) => id)],
    );
    const parts = new Map(rows.map((row) => [row.transfer_id, row.legs.split(' ')]));
    const names = await this.names.load([...parts.values()].flatMap(balancesIn));
    return transfers.map((transfer) => {
      const own = new Set(transfer.legs.map(({ balance }) => balance));
      const others = legsOf(parts.get(transfer.id) ?? [], names).filter(({ balance }) => !own.has(balance));
      const shown = others.map(({ balance, amount }) => ({ balance: seesAll ? balance : anonymous(balance), amount }));
      return { ...transfer, legs: [...transfer.legs, ...shown] };
    });
  }
}

/** The system's balances are everyone's to know; another account's is `others:available`. */
function anonymous(balance: string): string {
  const colon = balance.indexOf(':');
  return colon < 0 ? balance : `others${balance.slice(colon)}`;
}
