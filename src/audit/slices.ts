/**
 * History in slices of so many rows: no check reads more at once, whatever the ledger's size, and none comes near the sessions'
 * 30-second limit. Slices follow on each other without a gap over the whole space of ids, so nothing hides between them.
 */
import { HIGHEST_ID, LOWEST_ID } from '../ledger/laws.js';
import type { LawQuery, Offenders } from '../ledger/offenders.js';
import type { BooksLaw, BooksRange } from './laws.js';

export type Sliced = 'transfers' | 'balances' | 'jobs' | 'days';

export const lowest: Readonly<Record<Sliced, string>> = {
  transfers: LOWEST_ID.toString(),
  balances: LOWEST_ID.toString(),
  jobs: '00000000-0000-0000-0000-000000000000',
  days: '-infinity',
};
export const highest: Readonly<Record<Sliced, string>> = {
  transfers: HIGHEST_ID.toString(),
  balances: HIGHEST_ID.toString(),
  jobs: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  days: 'infinity',
};

const NTH: Readonly<Record<Sliced, string>> = {
  transfers: 'SELECT id AS nth FROM ledger.transfers WHERE id > $1 ORDER BY id OFFSET $2 LIMIT 1',
  balances: 'SELECT id AS nth FROM ledger.balances WHERE id > $1 ORDER BY id OFFSET $2 LIMIT 1',
  jobs: 'SELECT job_id AS nth FROM job_outcomes WHERE job_id > $1 AND revision = 1 ORDER BY job_id OFFSET $2 LIMIT 1',
  days: 'SELECT day::text AS nth FROM ledger.periods WHERE day > $1 ORDER BY day OFFSET $2 LIMIT 1',
};

export type Query = <Row>(sql: string, values?: unknown[]) => Promise<Row[]>;

export class Slices {
  constructor(
    private readonly query: Query,
    private readonly laws: readonly BooksLaw[],
  ) {}

  /** Where a slice of this many rows ends, inclusive; the end of all ids where no more are left. */
  async end(of: Sliced, from: string, rows: number): Promise<string> {
    const [row] = await this.query<{ nth: string }>(NTH[of], [from, rows - 1]);
    return row?.nth ?? highest[of];
  }

  /** Runs the laws that range over this. */
  async check(over: BooksRange, range: readonly unknown[], offenders: Offenders): Promise<void> {
    await offenders.look(
      this.query as LawQuery,
      this.laws.filter((law) => law.over === over),
      range,
    );
  }

  /** One slice; answers its end. */
  async checkNext(of: Sliced, place: { from: string; rows: number }, offenders: Offenders): Promise<string> {
    const to = await this.end(of, place.from, place.rows);
    await this.check(of, [place.from, to], offenders);
    return to;
  }

  /** All of it, slice by slice. */
  async checkAll(of: Sliced, rows: number, offenders: Offenders): Promise<void> {
    for (let from = lowest[of]; from !== highest[of]; ) from = await this.checkNext(of, { from, rows }, offenders);
  }
}
