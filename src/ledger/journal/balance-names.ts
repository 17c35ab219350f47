/** What balances are called in journals: `commons`, `acct_…:available`. Balances never change owner, so names may be kept. */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { encodeId } from '#libs/signing/ids.js';
import { balanceCodeName } from '../chart.js';

export interface BalanceName {
  balance: string;
  /** The balance's public id. */
  balanceId: string;
}

interface BalanceRow {
  id: string;
  public_id: string;
  owner_id: string | null;
  code: number;
}

@Injectable()
export class BalanceNames {
  private readonly names = new LRUCache<string, BalanceName>({ max: 50_000 });

  constructor(private readonly dataSource: DataSource) {}

  async load(ids: Iterable<string>): Promise<Map<string, BalanceName>> {
    const found = new Map<string, BalanceName>();
    const missing = new Set<string>();
    for (const id of ids) {
      const known = this.names.get(id);
      if (known) found.set(id, known);
      else missing.add(id);
    }
    if (missing.size > 0) {
      const rows: BalanceRow[] = await this.dataSource.query(
        'SELECT id, public_id, owner_id, code FROM ledger.balances WHERE id = ANY ($1::bigint[])',
        [[...missing]],
      );
      for (const row of rows) found.set(row.id, this.remember(row));
    }
    return found;
  }

  remember(row: BalanceRow): BalanceName {
    const code = balanceCodeName(row.code);
    const name = {
      balance: row.owner_id === null ? code : `${encodeId('acct', row.owner_id)}:${code}`,
      balanceId: row.public_id,
    };
    this.names.set(row.id, name);
    return name;
  }
}
