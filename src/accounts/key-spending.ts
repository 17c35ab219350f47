/** The daily cap of a key: what its submissions hold, added up by UTC day. Holds, not charges: a cap must hold beforehand. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

@Injectable()
export class KeySpending {
  /** Adds a hold to the key's day; false where that would pass the cap. */
  async add(tx: EntityManager, spending: { keyId: string; holdMicro: bigint; capMicro: bigint }): Promise<boolean> {
    const { keyId, holdMicro, capMicro } = spending;
    if (holdMicro > capMicro) return false;
    const rows: unknown[] = await tx.query(
      `INSERT INTO key_spending AS s (key_id, day, held_micro) VALUES ($1, (now() AT TIME ZONE 'UTC')::date, $2)
       ON CONFLICT (key_id, day) DO UPDATE SET held_micro = s.held_micro + excluded.held_micro WHERE s.held_micro + excluded.held_micro <= $3
       RETURNING 1`,
      [keyId, holdMicro, capMicro],
    );
    return rows.length > 0;
  }
}
