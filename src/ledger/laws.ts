/**
 * The ledger's laws (LEDGER.md), each as queries that answer what breaks it, as text; no row means that it holds. Those over history
 * take a range of ids (`$1` exclusive, `$2` inclusive) and reach beyond it by index only, so that ten million entries are checked
 * in slices. What a range holds is history and never changes, so slices need no common snapshot.
 *
 * Σ of all entries = balance (I3) is not added up: each entry follows on the one before (I5), none is missing (I4), and the
 * balance is the last one's `balance_after`. A LATERAL with LIMIT keeps the planner to one probe an entry.
 */

/**
 * What a query ranges over. `touched`: the balances that a range of transfers moved, for the sweep. `days`: closed ones. `now`: live
 * state, no range.
 */
export type LawRange = 'transfers' | 'touched' | 'balances' | 'days' | 'now' | 'full';

export interface Law {
  id: string;
  over: LawRange;
  sql: string;
}

/** Below every id. */
export const LOWEST_ID = -(2n ** 63n);
export const HIGHEST_ID = 2n ** 63n - 1n;

const entries = 'ledger.entries e WHERE e.transfer_id > $1 AND e.transfer_id <= $2';
const before = `LATERAL (
  SELECT p.balance_after, p.transfer_id FROM ledger.entries p WHERE p.balance_id = e.balance_id AND p.seq = e.seq - 1 LIMIT 1
) p`;
const last = `LEFT JOIN LATERAL (
  SELECT e.balance_after, e.seq FROM ledger.entries e WHERE e.balance_id = b.id ORDER BY e.seq DESC LIMIT 1
) e ON true`;
const touched = `(SELECT DISTINCT e.balance_id FROM ${entries}) k JOIN ledger.balances b ON b.id = k.balance_id ${last} WHERE`;
const ranged = `ledger.balances b ${last} WHERE b.id > $1 AND b.id <= $2 AND`;

const balanceIsLast = (from: string): string =>
  `SELECT 'balance ' || b.id || ' is ' || b.balance || ', its last entry says ' || coalesce(e.balance_after, 0) AS offender
   FROM ${from} b.balance <> coalesce(e.balance_after, 0)`;
const seqIsLast = (from: string): string =>
  `SELECT 'balance ' || b.id || ' has entries up to seq ' || coalesce(e.seq, 0) || ' and says ' || b.seq AS offender
   FROM ${from} b.seq <> coalesce(e.seq, 0)`;

/** @param limits the longest credit line that the policy gives: no debit may leave more debt than that */
export function ledgerLaws(limits: { lineMaxMicro: bigint }): readonly Law[] {
  return [
    {
      id: 'I1',
      over: 'transfers',
      sql: `SELECT 'transfer ' || e.transfer_id || ' sums to ' || sum(e.amount) AS offender FROM ${entries} GROUP BY e.transfer_id HAVING sum(e.amount) <> 0`,
    },
    {
      id: 'I2',
      over: 'now',
      sql: `SELECT 'the balances sum to ' || sum(balance) AS offender FROM ledger.balances HAVING sum(balance) <> 0`,
    },
    { id: 'I3', over: 'touched', sql: balanceIsLast(touched) },
    { id: 'I3', over: 'balances', sql: balanceIsLast(ranged) },
    {
      id: 'I4',
      over: 'transfers',
      sql: `SELECT 'balance ' || e.balance_id || ' has no entry ' || e.seq - 1 || ' before ' || e.seq AS offender FROM ${entries} AND e.seq <> 1
        AND (e.seq < 1 OR NOT EXISTS (SELECT FROM ledger.entries p WHERE p.balance_id = e.balance_id AND p.seq = e.seq - 1 LIMIT 1))`,
    },
    { id: 'I4', over: 'touched', sql: seqIsLast(touched) },
    { id: 'I4', over: 'balances', sql: seqIsLast(ranged) },
    {
      id: 'I5',
      over: 'transfers',
      sql: `SELECT 'entry ' || e.balance_id || '/' || e.seq || ' does not follow on the one before' AS offender
        FROM (SELECT * FROM ${entries}) e LEFT JOIN ${before} ON true
        WHERE e.balance_after <> coalesce(p.balance_after, 0)::numeric + e.amount`,
    },
    {
      id: 'I6',
      over: 'transfers',
      sql: `SELECT 'balance ' || e.balance_id || ' goes back in id or time at seq ' || e.seq AS offender
        FROM (SELECT * FROM ${entries}) e CROSS JOIN ${before}
        JOIN ledger.transfers t ON t.id = e.transfer_id AND t.id > $1 AND t.id <= $2
        LEFT JOIN LATERAL (SELECT created_at FROM ledger.transfers WHERE id = p.transfer_id LIMIT 1) o ON true
        WHERE p.transfer_id > e.transfer_id OR o.created_at > t.created_at`,
    },
    {
      id: 'I7',
      over: 'transfers',
      sql: `SELECT 'transfer ' || e.transfer_id || ' left balance ' || e.balance_id || ' at ' || e.balance_after AS offender
        FROM (SELECT * FROM ${entries} AND e.balance_after < 0) e JOIN ledger.balances b ON b.id = e.balance_id
        LEFT JOIN ledger.transfers t ON t.id = e.transfer_id
        -- A hold may use the account's credit line, a correction what it corrects; no other debit leaves debt. A credit may.
        WHERE CASE b.code WHEN 1 THEN false
          WHEN 4 THEN e.amount < 0 AND (t.kind NOT IN (4, 13, 14) OR e.balance_after < -${limits.lineMaxMicro}) ELSE true END`,
    },
    {
      id: 'I8',
      over: 'now',
      sql: `SELECT 'held of ' || coalesce(b.owner_id, h.payer) || ' is ' || coalesce(b.balance, 0) || ', its holds have ' || coalesce(h.remaining, 0) AS offender
        FROM (SELECT owner_id, balance FROM ledger.balances WHERE code = 5) b
        FULL JOIN (SELECT payer, sum(remaining) AS remaining FROM ledger.holds GROUP BY payer) h ON h.payer = b.owner_id
        WHERE coalesce(b.balance, 0) <> coalesce(h.remaining, 0)`,
    },
    {
      id: 'I9',
      over: 'balances',
      sql: `SELECT 'stake of ' || b.owner_id || ' is ' || b.balance || ', its buckets have ' || k.total AS offender
        FROM ledger.balances b
        CROSS JOIN LATERAL (SELECT coalesce(sum(k.amount), 0) AS total FROM ledger.buckets k WHERE k.owner_id = b.owner_id) k
        WHERE b.id > $1 AND b.id <= $2 AND b.code = 6 AND b.balance <> k.total`,
    },
    {
      id: 'I9',
      over: 'full',
      sql: `SELECT 'a bucket of ' || k.owner_id || ' belongs to no stake' AS offender FROM ledger.buckets k
        WHERE NOT EXISTS (SELECT FROM ledger.balances b WHERE b.owner_id = k.owner_id AND b.code = 6)`,
    },
    {
      id: 'I12',
      over: 'now',
      sql: `SELECT 'issuance is ' || i.balance || ', the others have ' || o.total AS offender FROM ledger.balances i,
        (SELECT coalesce(sum(balance), 0) AS total FROM ledger.balances WHERE id <> 1) o WHERE i.id = 1 AND i.balance <> -o.total`,
    },
    {
      id: 'I14',
      over: 'transfers',
      sql: `SELECT 'an entry on balance ' || e.balance_id || ' has no transfer ' || e.transfer_id AS offender FROM (SELECT * FROM ${entries}) e
          LEFT JOIN (SELECT id FROM ledger.transfers WHERE id > $1 AND id <= $2) t ON t.id = e.transfer_id WHERE t.id IS NULL
        UNION ALL
        SELECT 'transfer ' || t.id || ' has no entries' FROM ledger.transfers t
          LEFT JOIN (SELECT DISTINCT e.transfer_id FROM ${entries}) e ON e.transfer_id = t.id WHERE t.id > $1 AND t.id <= $2 AND e.transfer_id IS NULL
        UNION ALL
        SELECT 'entries stand on no balance ' || k.balance_id FROM (SELECT DISTINCT e.balance_id FROM ${entries}) k
          WHERE NOT EXISTS (SELECT FROM ledger.balances b WHERE b.id = k.balance_id)
        UNION ALL
        SELECT 'words of no transfer ' || m.transfer_id FROM ledger.transfer_meta m LEFT JOIN ledger.transfers t ON t.id = m.transfer_id
          WHERE m.transfer_id > $1 AND m.transfer_id <= $2 AND t.id IS NULL
        UNION ALL
        SELECT 'transfer ' || t.id || ' reverses no transfer ' || t.reverses FROM ledger.transfers t
          WHERE t.id > $1 AND t.id <= $2 AND t.reverses IS NOT NULL AND NOT EXISTS (SELECT FROM ledger.transfers r WHERE r.id = t.reverses AND r.id < t.id)`,
    },
    {
      id: 'I14',
      over: 'now',
      sql: `SELECT 'id ' || greatest(t.id, e.id) || ' was never given to a transfer' AS offender
        FROM (SELECT max(id) AS id FROM ledger.transfers) t, (SELECT max(transfer_id) AS id FROM ledger.entries) e
        WHERE greatest(t.id, e.id) > (SELECT last_value FROM ledger.transfer_ids)`,
    },
    {
      id: 'I14',
      over: 'full',
      sql: `SELECT 'hold ' || h.id || ' was opened by no transfer' AS offender FROM ledger.holds h
        WHERE NOT EXISTS (SELECT FROM ledger.transfers t WHERE t.id = h.opened_by AND t.kind = 4)`,
    },
  ];
}
