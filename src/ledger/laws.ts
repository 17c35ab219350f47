/** The ledger's laws (LEDGER.md): each a query over everything that answers what breaks it, as text; no row means that it holds. */
export type Law = readonly [id: string, sql: string];

export const ledgerLaws: readonly Law[] = [
  [
    'I1',
    `SELECT 'transfer ' || transfer_id || ' sums to ' || sum(amount) AS offender FROM ledger.entries GROUP BY transfer_id HAVING sum(amount) <> 0`,
  ],
  ['I2', `SELECT 'the balances sum to ' || sum(balance) AS offender FROM ledger.balances HAVING sum(balance) <> 0`],
  [
    'I3',
    `SELECT 'balance ' || b.id || ' is ' || b.balance || ', its entries say ' || coalesce(e.total, 0) AS offender FROM ledger.balances b
     LEFT JOIN (SELECT balance_id, sum(amount) AS total, (array_agg(balance_after ORDER BY seq DESC))[1] AS last FROM ledger.entries GROUP BY balance_id) e
       ON e.balance_id = b.id
     WHERE b.balance <> coalesce(e.total, 0) OR b.balance <> coalesce(e.last, 0)`,
  ],
  [
    'I4',
    `SELECT 'balance ' || b.id || ' has ' || count(e.seq) || ' entries up to seq ' || coalesce(max(e.seq), 0) || ' and says ' || b.seq AS offender
     FROM ledger.balances b LEFT JOIN ledger.entries e ON e.balance_id = b.id GROUP BY b.id, b.seq
     HAVING count(e.seq) <> b.seq OR coalesce(max(e.seq), 0) <> b.seq`,
  ],
  [
    'I5',
    `SELECT 'entry ' || balance_id || '/' || seq || ' does not follow on the one before' AS offender FROM (
       SELECT balance_id, seq, amount, balance_after, lag(balance_after, 1, 0) OVER (PARTITION BY balance_id ORDER BY seq) AS before FROM ledger.entries
     ) e WHERE balance_after <> before + amount`,
  ],
  [
    'I6',
    `SELECT 'balance ' || balance_id || ' goes back in id or time at seq ' || seq AS offender FROM (
       SELECT e.balance_id, e.seq, t.id, t.created_at, lag(t.id) OVER w AS id_before, lag(t.created_at) OVER w AS time_before
       FROM ledger.entries e JOIN ledger.transfers t ON t.id = e.transfer_id WINDOW w AS (PARTITION BY e.balance_id ORDER BY e.seq)
     ) e WHERE id < id_before OR created_at < time_before`,
  ],
  [
    'I7',
    `SELECT 'a debit left balance ' || e.balance_id || ' at ' || e.balance_after AS offender FROM ledger.entries e JOIN ledger.balances b ON b.id = e.balance_id
     JOIN ledger.transfers t ON t.id = e.transfer_id
     -- A hold may use the account's credit line, a correction what it corrects; nothing else leaves a balance in debt.
     WHERE e.amount < 0 AND e.balance_after < 0 AND b.code <> 1 AND NOT (b.code = 4 AND t.kind IN (4, 13, 14))`,
  ],
  [
    'I8',
    `SELECT 'held of ' || coalesce(b.owner_id, h.payer) || ' is ' || coalesce(b.balance, 0) || ', its holds have ' || coalesce(h.left, 0) AS offender
     FROM (SELECT owner_id, balance FROM ledger.balances WHERE code = 5) b
     FULL JOIN (SELECT payer, sum(remaining) AS left FROM ledger.holds GROUP BY payer) h ON h.payer = b.owner_id
     WHERE coalesce(b.balance, 0) <> coalesce(h.left, 0)`,
  ],
  [
    'I9',
    `SELECT 'stake of ' || coalesce(b.owner_id, k.owner_id) || ' is ' || coalesce(b.balance, 0) || ', its buckets have ' || coalesce(k.total, 0) AS offender
     FROM (SELECT owner_id, balance FROM ledger.balances WHERE code = 6) b
     FULL JOIN (SELECT owner_id, sum(amount) AS total FROM ledger.buckets GROUP BY owner_id) k ON k.owner_id = b.owner_id
     WHERE coalesce(b.balance, 0) <> coalesce(k.total, 0)`,
  ],
  [
    'I12',
    `SELECT 'issuance is ' || i.balance || ', the others have ' || o.total AS offender FROM ledger.balances i,
       (SELECT sum(balance) AS total FROM ledger.balances WHERE id <> 1) o WHERE i.id = 1 AND i.balance <> -o.total`,
  ],
  [
    'I14',
    `SELECT 'entry of transfer ' || e.transfer_id || ' on balance ' || e.balance_id || ' has no such transfer or balance' AS offender
     FROM ledger.entries e LEFT JOIN ledger.transfers t ON t.id = e.transfer_id LEFT JOIN ledger.balances b ON b.id = e.balance_id
     WHERE t.id IS NULL OR b.id IS NULL
     UNION ALL SELECT 'transfer ' || t.id || ' has no entries' FROM ledger.transfers t WHERE NOT EXISTS (SELECT 1 FROM ledger.entries e WHERE e.transfer_id = t.id)`,
  ],
];
