/** Frozen accounts: their credits stay and do not move, but for open jobs that end (settle, release) and for proven lies (slash). */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

export interface Freeze {
  id: string;
  frozen: boolean;
  /** The account whose key asked for it. */
  by: string;
  reason: string;
  at: Date;
}

interface FreezeRow {
  id: string;
  frozen: boolean;
  by_account: string;
  reason: string;
  created_at: Date;
}

@Injectable()
export class Freezing {
  constructor(private readonly dataSource: DataSource) {}

  /** Must be the last statement before the commit: it locks the account's balances as a posting does. */
  async set(
    tx: EntityManager,
    change: { owner: string; frozen: boolean; by: string; reason: string },
  ): Promise<'changed' | 'so already' | 'unknown'> {
    const [row]: { changed: boolean | null }[] = await tx.query('SELECT ledger.set_frozen($1, $2, $3, $4) AS changed', [
      change.owner,
      change.frozen,
      change.by,
      change.reason,
    ]);
    if (row?.changed == null) return 'unknown';
    return row.changed ? 'changed' : 'so already';
  }

  /** Who froze and unfroze it, when and why; newest first. */
  async history(owner: string, before: string | undefined, limit: number): Promise<Freeze[]> {
    const rows: FreezeRow[] = await this.dataSource.query(
      `SELECT id, frozen, by_account, reason, created_at FROM ledger.freezes
       WHERE owner_id = $1 AND id < coalesce($2::bigint, 9223372036854775807) ORDER BY id DESC LIMIT $3`,
      [owner, before ?? null, limit],
    );
    return rows.map(({ id, frozen, by_account: by, reason, created_at: at }) => ({ id, frozen, by, reason, at }));
  }

  async latest(owner: string): Promise<Freeze | undefined> {
    return (await this.history(owner, undefined, 1))[0];
  }
}
