/** The laws of the books (LEDGER.md): the ledger's own, and jobs against the ledger in both directions. */
import { type Law, ledgerLaws } from '../ledger/laws.js';

const jobLaws: readonly Law[] = [
  [
    'I10',
    `SELECT 'job ' || j.id || ' settled or released ' || count(t.id) || ' times' AS offender
     FROM jobs j JOIN job_outcomes o ON o.job_id = j.id AND o.revision = 1
     LEFT JOIN ledger.transfers t ON t.reference = j.id AND t.kind IN (5, 6)
     WHERE j.hold_micro > 0 GROUP BY j.id HAVING count(t.id) <> 1
     UNION ALL
     SELECT 'hold ' || coalesce(h.id, o.hold_id) || ' has ' || coalesce(h.remaining, 0) || ' left, its open jobs need ' || coalesce(o.parts, 0)
     FROM ledger.holds h FULL JOIN (SELECT hold_id, sum(hold_part) AS parts FROM open_jobs WHERE hold_id IS NOT NULL GROUP BY hold_id) o ON o.hold_id = h.id
     WHERE coalesce(h.remaining, 0) <> coalesce(o.parts, 0)`,
  ],
  [
    'I11',
    `SELECT 'transfer ' || t.id || ' settles a job that is not final' AS offender FROM ledger.transfers t
     LEFT JOIN job_outcomes o ON o.job_id = t.reference AND o.revision = 1 WHERE t.kind IN (5, 6) AND o.job_id IS NULL
     UNION ALL
     SELECT 'job ' || o.job_id || ' was charged ' || o.charged_micro || ' without a settlement' FROM job_outcomes o
     WHERE o.revision = 1 AND o.charged_micro > 0 AND NOT EXISTS (SELECT 1 FROM ledger.transfers t WHERE t.reference = o.job_id AND t.kind = 5)`,
  ],
  [
    'I15',
    `SELECT 'transfer ' || t.id || ' takes ' || -e.amount || ' out of a part of ' || j.hold_micro AS offender
     FROM ledger.transfers t JOIN jobs j ON j.id = t.reference JOIN ledger.entries e ON e.transfer_id = t.id
     JOIN ledger.balances b ON b.id = e.balance_id AND b.code = 5
     WHERE t.kind IN (5, 6) AND -e.amount <> j.hold_micro`,
  ],
];

export const laws: readonly Law[] = [...ledgerLaws, ...jobLaws];

export interface LawReport {
  id: string;
  ok: boolean;
  /** The first few that break it. */
  detail?: string;
}

export type Query = (sql: string) => Promise<{ offender: string }[]>;

export async function checkLaws(query: Query): Promise<LawReport[]> {
  const reports: LawReport[] = [];
  for (const [id, sql] of laws) {
    const offenders = await query(`SELECT * FROM (${sql}) found LIMIT 3`);
    reports.push(
      offenders.length === 0 ? { id, ok: true } : { id, ok: false, detail: offenders.map(({ offender }) => offender).join('; ') },
    );
  }
  return reports;
}
