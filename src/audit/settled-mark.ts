/**
 * A place in history below which nothing can appear any more. Transfers commit out of the order of their ids: a cursor that simply
 * followed the highest id would step over one that is still under way. Whoever takes an id has its transaction id already (post
 * asks for it first; a final job's row is deleted before its time is taken), so all ids up to the mark belong to
 * transactions older than the snapshot taken after it, and are decided when the oldest one under way is younger than that.
 */
import type { Query } from './slices.js';

export interface Mark {
  transferId: string;
  /** As the database writes it, to the microsecond. */
  at: string;
  /** False: some transaction takes long; the mark may be looked up to, and looked at again. */
  settled: boolean;
}

const PATIENCE_MS = 3_000;
const POLL_MS = 50;

export async function settledMark(query: Query): Promise<Mark> {
  const [mark] = await query<{ id: string; at: string }>(
    'SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS id, clock_timestamp()::text AS at FROM ledger.transfer_ids',
  );
  const [snapshot] = await query<{ xmax: string }>('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xmax');
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const [row] = await query<{ passed: boolean }>('SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 AS passed', [
      snapshot?.xmax,
    ]);
    const settled = row?.passed ?? false;
    if (settled || Date.now() > deadline) return { transferId: mark?.id ?? '0', at: mark?.at ?? '', settled };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
