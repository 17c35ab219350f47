/** Jobs whose situation is to be looked at again: at once after a lapse, or in a while if nothing has happened until then. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

@Injectable()
export class Reviews {
  async schedule(tx: EntityManager, jobIds: string[], inMs: number): Promise<void> {
    if (jobIds.length === 0) return;
    await tx.query(
      `INSERT INTO reviews (job_id, due_at)
       SELECT job, clock_timestamp() + $2 * interval '1 millisecond' FROM unnest($1::uuid[]) AS i(job) ON CONFLICT DO NOTHING`,
      [jobIds, inMs],
    );
  }

  /** Takes what is due, at most `limit`; rows another process is taking are passed over. */
  async takeDue(tx: EntityManager, limit: number): Promise<string[]> {
    const rows: { job_id: string }[] = await tx.query(
      `WITH due AS (
         SELECT due_at, job_id FROM reviews WHERE due_at <= clock_timestamp() ORDER BY due_at, job_id LIMIT $1 FOR UPDATE SKIP LOCKED
       ), taken AS (
         DELETE FROM reviews r USING due WHERE r.due_at = due.due_at AND r.job_id = due.job_id RETURNING r.job_id
       )
       SELECT DISTINCT job_id FROM taken`,
      [limit],
    );
    return rows.map((row) => row.job_id);
  }
}
