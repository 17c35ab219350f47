/** The calendar of background work: each capability says what recurs, and how often; saying it again changes nothing. */
import type { Queue } from 'bullmq';

/** Kept runs are for a look at what happened lately; the tables know everything else. */
const KEEP = { removeOnComplete: 20, removeOnFail: 100 } as const;

export async function recur(queue: Queue, name: string, everyMs: number): Promise<void> {
  await queue.upsertJobScheduler(
    name,
    { every: everyMs },
    { name, opts: { ...KEEP, attempts: 5, backoff: { type: 'exponential', delay: 1_000 } } },
  );
}
