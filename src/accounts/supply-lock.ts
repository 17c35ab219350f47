/**
 * One run of the supply's work at a time, over all replicas: what it plans depends on what the one before has posted. Held to the end of
 * the transaction, taken first in it; nothing else takes it.
 */
import type { EntityManager } from 'typeorm';

/** Any number that nothing else locks. */
const SUPPLY_LOCK = 7_305_510;

export async function lockSupply(tx: EntityManager): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock($1)', [SUPPLY_LOCK]);
}
