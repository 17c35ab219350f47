/** Closed days against the entries they were made from: a query that answers what differs; no row means that all agree. */
import type { Law } from '../laws.js';

/**
 * `days` is the table of closed days, or a query of some of them in parentheses: recomputing a day reads all its entries, so a check
 * that runs every minute looks at the last ones only.
 */
export const periodOffenders = (days: string): string => `
  SELECT 'the close of ' || p.day || ' is not what its entries say' AS offender FROM ${days} p
  WHERE p.digest <> ledger.period_digest(p.day)
    OR EXISTS (
      (SELECT balance_id, opening, debits, credits, closing, last_seq FROM ledger.period_balances b WHERE b.day = p.day
       EXCEPT SELECT * FROM ledger.period_of(p.day))
      UNION ALL
      (SELECT * FROM ledger.period_of(p.day)
       EXCEPT SELECT balance_id, opening, debits, credits, closing, last_seq FROM ledger.period_balances b WHERE b.day = p.day)
    )
    OR EXISTS (
      (SELECT kind, transfers, moved FROM ledger.period_kinds k WHERE k.day = p.day EXCEPT SELECT * FROM ledger.period_kinds_of(p.day))
      UNION ALL
      (SELECT * FROM ledger.period_kinds_of(p.day) EXCEPT SELECT kind, transfers, moved FROM ledger.period_kinds k WHERE k.day = p.day)
    )
  UNION ALL
  SELECT 'there is no close between ' || p.day || ' and the day before it' FROM ${days} p
  WHERE p.day > (SELECT min(day) FROM ledger.periods) AND NOT EXISTS (SELECT 1 FROM ledger.periods b WHERE b.day = p.day - 1)`;

/** A close is what its balances were, which is I3's business. Day by day: `$1` exclusive, `$2` inclusive. */
export const periodLaws: readonly Law[] = [
  { id: 'I3', over: 'days', sql: periodOffenders('(SELECT * FROM ledger.periods WHERE day > $1 AND day <= $2)') },
];
