/** How far the log reaches: what is read under a tree size stays the same for ever, since nothing enters below its last leaf. */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ReadLog } from '../log/read-log.js';

export interface TreeExtent {
  /** Leaves. */
  size: string;
  /** The transfer of the last leaf; 0 of none. */
  lastId: string;
}

@Injectable()
export class TreeExtents {
  constructor(
    private readonly dataSource: DataSource,
    private readonly readLog: ReadLog,
  ) {}

  async present(): Promise<TreeExtent> {
    const { size, lastId } = await this.readLog.state();
    return { size: String(size), lastId: lastId.toString() };
  }

  /** Of the least tree that has every sequenced transfer up to this moment; the present one's where none is given. */
  async sizeAt(at: Date | undefined, tx: EntityManager): Promise<string> {
    if (at === undefined) {
      const [state]: { size: string }[] = await tx.query('SELECT size::text FROM ledger.log_state');
      return state?.size ?? '0';
    }
    const [leaf]: { size: string }[] = await tx.query(
      `SELECT (l.first_index + array_position(l.transfer_ids, t.id))::text AS size
       FROM ledger.ids_between($1, $1) r
       JOIN LATERAL (
         SELECT t.id FROM ledger.transfers t
         WHERE t.id <= least(r.last_id, (SELECT last_id FROM ledger.log_state)) AND t.created_at <= $1 ORDER BY t.id DESC LIMIT 1
       ) t ON true
       JOIN LATERAL (SELECT * FROM ledger.leaves l WHERE l.last_id >= t.id ORDER BY l.last_id LIMIT 1) l ON true`,
      [at],
    );
    return leaf?.size ?? '0';
  }

  /** The leaf indexes of transfers, by their ids. */
  async indexesOf(ids: readonly string[]): Promise<Map<string, string>> {
    const rows: { id: string; index: string }[] = await this.dataSource.query(
      `WITH wanted AS (SELECT unnest($1::bigint[]) AS id),
       segments AS (
         SELECT DISTINCT (SELECT l.first_index FROM ledger.leaves l WHERE l.last_id >= w.id ORDER BY l.last_id LIMIT 1) AS first_index
         FROM wanted w
       )
       SELECT w.id::text, (l.first_index + u.place - 1)::text AS index
       FROM segments s JOIN ledger.leaves l ON l.first_index = s.first_index
       CROSS JOIN LATERAL unnest(l.transfer_ids) WITH ORDINALITY AS u(id, place)
       JOIN wanted w ON w.id = u.id`,
      [ids],
    );
    return new Map(rows.map(({ id, index }) => [id, index]));
  }
}
