/**
 * What is known of each law, shared by all processes: whoever is asked answers the same. A law that was found broken stays so until
 * a full check that began after the finding says that it holds: the next minute's slice knows nothing of the last one's.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Offenders } from '../ledger/offenders.js';

export interface LawState {
  id: string;
  ok: boolean;
  checkedAt: Date;
  range: string;
  detail: string | null;
  brokenSince: Date | null;
  fullAt: Date | null;
  fullRange: string | null;
  violations: bigint;
}

export interface Check {
  kind: 'sweep' | 'full';
  beganAt: Date;
  /** What was looked at, of each law that was. */
  ranges: ReadonlyMap<string, string>;
  offenders: Offenders;
}

interface StateRow {
  law: string;
  ok: boolean;
  checked_at: Date;
  range: string;
  detail: string | null;
  broken_at: Date | null;
  full_at: Date | null;
  full_range: string | null;
  violations: string;
}

@Injectable()
export class LawStates {
  constructor(private readonly dataSource: DataSource) {}

  async read(): Promise<LawState[]> {
    const rows: StateRow[] = await this.dataSource.query('SELECT * FROM law_states ORDER BY length(law), law');
    return rows.map((row) => ({
      id: row.law,
      ok: row.ok,
      checkedAt: row.checked_at,
      range: row.range,
      detail: row.detail,
      brokenSince: row.broken_at,
      fullAt: row.full_at,
      fullRange: row.full_range,
      violations: BigInt(row.violations),
    }));
  }

  async record(check: Check): Promise<void> {
    const ids = [...check.ranges.keys()];
    const details = ids.map((id) => check.offenders.detail(id) ?? null);
    await this.dataSource.query(
      `INSERT INTO law_states AS s (law, ok, checked_at, range, detail, broken_at, found_at, full_at, full_range, violations)
       SELECT law, detail IS NULL, clock_timestamp(), range, detail, CASE WHEN detail IS NOT NULL THEN clock_timestamp() END,
         CASE WHEN detail IS NOT NULL THEN clock_timestamp() END, CASE WHEN $4 THEN clock_timestamp() END, CASE WHEN $4 THEN range END,
         CASE WHEN detail IS NOT NULL THEN 1 ELSE 0 END
       FROM unnest($1::text[], $2::text[], $3::text[]) AS i(law, range, detail)
       ON CONFLICT (law) DO UPDATE SET
         ok = excluded.ok AND (s.ok OR ($4 AND s.found_at < $5)),
         detail = CASE WHEN excluded.ok AND $4 AND s.found_at < $5 THEN NULL ELSE coalesce(excluded.detail, s.detail) END,
         broken_at = CASE WHEN excluded.ok AND $4 AND s.found_at < $5 THEN NULL ELSE coalesce(s.broken_at, excluded.broken_at) END,
         found_at = coalesce(excluded.found_at, s.found_at),
         checked_at = excluded.checked_at,
         range = excluded.range,
         full_at = coalesce(excluded.full_at, s.full_at),
         full_range = coalesce(excluded.full_range, s.full_range),
         violations = s.violations + excluded.violations`,
      [ids, ids.map((id) => check.ranges.get(id)), details, check.kind === 'full', check.beganAt],
    );
  }
}
