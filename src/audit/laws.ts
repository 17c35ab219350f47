/**
 * The laws of the books (LEDGER.md): the ledger's own, the log's, and jobs against the ledger in both directions. Jobs without a
 * hold (their own nodes ran them) moved no credits and are left out; a correction (revision 2) settles nothing again.
 */
import { type Law, type LawRange, ledgerLaws } from '../ledger/laws.js';
import { periodLaws } from '../ledger/periods/period-laws.js';

/** `jobs`: final jobs by id; `finished`: by the time they became final; both `$1` exclusive, `$2` inclusive. */
export type BooksRange = LawRange | 'jobs' | 'finished';
export type BooksLaw = Omit<Law, 'over'> & { over: BooksRange };

/** Every law of LEDGER.md, in its order; I13 is the transparency log's. */
export const lawIds = Array.from({ length: 15 }, (_, index) => `I${index + 1}`);

const transfers = 't.id > $1 AND t.id <= $2';

/** Settlements and releases of a range, with their jobs and what left `held`. */
const ends = `ledger.transfers t JOIN jobs j ON j.id = t.reference
  CROSS JOIN LATERAL (
    SELECT coalesce(-sum(e.amount) FILTER (WHERE b.code = 5), 0) AS part,
      coalesce(sum(e.amount) FILTER (WHERE b.code = 4 AND b.owner_id = j.account_id), 0) AS back
    FROM ledger.entries e JOIN ledger.balances b ON b.id = e.balance_id WHERE e.transfer_id = t.id
  ) m`;

function finalJobs(over: 'jobs' | 'finished', where: string): BooksLaw[] {
  const final = `job_outcomes o JOIN jobs j ON j.id = o.job_id WHERE o.revision = 1 AND ${where}`;
  return [
    {
      id: 'I10',
      over,
      sql: `SELECT 'job ' || o.job_id || ' settled or released ' || n.times || ' times' AS offender FROM (SELECT o.job_id FROM ${final} AND j.hold_micro > 0) o
          CROSS JOIN LATERAL (SELECT count(*) AS times FROM ledger.transfers t WHERE t.reference = o.job_id AND t.kind IN (5, 6)) n WHERE n.times <> 1
        UNION ALL
        SELECT 'job ' || o.job_id || ' is final and open' FROM (SELECT o.job_id FROM ${final}) o WHERE EXISTS (SELECT FROM open_jobs p WHERE p.job_id = o.job_id)`,
    },
    {
      id: 'I11',
      over,
      sql: `SELECT 'job ' || o.job_id || ' was charged ' || o.charged_micro || ' without a settlement' AS offender
        FROM (SELECT o.job_id, o.charged_micro FROM ${final} AND o.charged_micro > 0) o
        WHERE NOT EXISTS (SELECT FROM ledger.transfers t WHERE t.reference = o.job_id AND t.kind = 5)`,
    },
  ];
}

const jobLaws: readonly BooksLaw[] = [
  ...finalJobs('jobs', 'o.job_id > $1 AND o.job_id <= $2'),
  ...finalJobs('finished', 'o.finished_at > $1 AND o.finished_at <= $2'),
  {
    id: 'I10',
    over: 'transfers',
    sql: `SELECT 'job ' || t.reference || ' settled or released ' || n.times || ' times' AS offender FROM ledger.transfers t
      CROSS JOIN LATERAL (SELECT count(*) AS times FROM ledger.transfers x WHERE x.reference = t.reference AND x.kind IN (5, 6)) n
      WHERE ${transfers} AND t.kind IN (5, 6) AND n.times > 1`,
  },
  {
    id: 'I10',
    over: 'now',
    sql: `SELECT 'hold ' || coalesce(h.id, o.hold_id) || ' has ' || coalesce(h.remaining, 0) || ' left, its open jobs need ' || coalesce(o.parts, 0) AS offender
      FROM ledger.holds h FULL JOIN (SELECT hold_id, sum(hold_part) AS parts FROM open_jobs WHERE hold_id IS NOT NULL GROUP BY hold_id) o ON o.hold_id = h.id
      WHERE coalesce(h.remaining, 0) <> coalesce(o.parts, 0)`,
  },
  {
    id: 'I11',
    over: 'transfers',
    sql: `SELECT 'transfer ' || t.id || ' is about job ' || t.reference || ', which is not final' AS offender FROM ledger.transfers t
      WHERE ${transfers} AND t.kind IN (5, 6, 8, 9, 10) AND NOT EXISTS (SELECT FROM job_outcomes o WHERE o.job_id = t.reference AND o.revision = 1)`,
  },
  {
    id: 'I15',
    over: 'transfers',
    sql: `SELECT 'transfer ' || t.id || ' takes ' || m.part || ' out of a part of ' || j.hold_micro AS offender FROM ${ends}
        WHERE ${transfers} AND t.kind IN (5, 6) AND m.part <> j.hold_micro
      UNION ALL
      SELECT 'transfer ' || t.id || ' gives ' || m.back || ' back of ' || j.hold_micro || ', and ' || o.charged_micro || ' was charged' FROM ${ends}
        JOIN job_outcomes o ON o.job_id = j.id AND o.revision = 1
        WHERE ${transfers} AND t.kind IN (5, 6) AND m.back <> j.hold_micro - o.charged_micro
      UNION ALL
      SELECT 'transfer ' || t.id || ' holds ' || h.amount || ', the parts of its jobs are ' || p.parts FROM ledger.transfers t
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(e.amount), 0) AS amount FROM ledger.entries e JOIN ledger.balances b ON b.id = e.balance_id AND b.code = 5 WHERE e.transfer_id = t.id
        ) h
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(j.hold_micro), 0) AS parts FROM (
            SELECT hold_micro FROM jobs WHERE id = t.reference UNION ALL SELECT hold_micro FROM jobs WHERE batch_id = t.reference
          ) j
        ) p
        WHERE ${transfers} AND t.kind = 4 AND h.amount <> p.parts`,
  },
];

export function booksLaws(limits: { lineMaxMicro: bigint }): readonly BooksLaw[] {
  return [...ledgerLaws(limits), ...jobLaws, ...periodLaws];
}
