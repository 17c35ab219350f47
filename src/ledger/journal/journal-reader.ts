/**
 * All transfers of a time in the journal's order (UTC day, id), a page at a time, each in a short transaction: no snapshot is held.
 * What lies below a tree's last id never changes, so pages fit together whenever they are read. Between balances ids and times may
 * swap by moments; hence day by day, each over a range of ids that is a little too wide.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Period } from '../../http/moments.js';
import { BalanceNames } from './balance-names.js';
import type { JournalTransfer, StandingBalance } from './journal-document.js';
import { balancesIn, LEGS, legsOf, type TransferRow, transferOf } from './transfer-rows.js';
import { TreeExtents } from './tree-extent.js';

/** Behind this transfer: the last one of a day, or of a part of it. */
export interface Place {
  /** YYYY-MM-DD */
  day: string;
  id: string;
}

export interface Stretch {
  period: Period;
  /** No transfer beyond this id. */
  upToId: string;
  /** Where it begins; absent: at the period's beginning. */
  after?: Place;
}

/** A stretch with a limit, measured out before it is read. */
export interface Extent {
  transfers: number;
  /** Of its first and last transfer; absent where it has none. */
  first?: Place;
  last?: Place;
  /** Transfers follow behind it. */
  more: boolean;
}

/** Some MB of rows at a time: enough for the round trips not to count, little enough to hold for many readers. */
const TRANSFERS_PER_PAGE = 4_000;
const BALANCES_PER_PAGE = 2_000;

@Injectable()
export class JournalReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly names: BalanceNames,
    private readonly trees: TreeExtents,
  ) {}

  async measure(stretch: Stretch, limit: number): Promise<Extent> {
    const extent: Extent = { transfers: 0, more: false };
    for await (const day of this.days(stretch)) {
      const [found]: { n: string; first: string | null; last: string | null; more: boolean }[] = await this.dataSource.query(
        `SELECT count(*) FILTER (WHERE place <= $5) AS n, min(id) FILTER (WHERE place <= $5) AS first,
           max(id) FILTER (WHERE place <= $5) AS last, count(*) > $5 AS more
         FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM (${ofDay('t.id')} ORDER BY t.id LIMIT $5 + 1) t) t`,
        [...rangeOf(day), limit - extent.transfers],
      );
      extent.transfers += Number(found?.n ?? 0);
      if (found?.first && !extent.first) extent.first = { day: day.day, id: found.first };
      if (found?.last) extent.last = { day: day.day, id: found.last };
      extent.more = found?.more ?? false;
      if (extent.more) break;
    }
    return extent;
  }

  /** The transfers of a stretch up to and with this one. */
  async *pages(stretch: Stretch, last: Place): AsyncGenerator<JournalTransfer[]> {
    for await (const day of this.days(stretch)) {
      if (day.day > last.day) return;
      let { afterId } = day;
      const lastId = day.day === last.day ? last.id : day.lastId;
      for (;;) {
        const rows: TransferRow[] = await this.dataSource.query(PAGE, [
          ...rangeOf({ ...day, afterId, lastId }),
          TRANSFERS_PER_PAGE,
        ]);
        if (rows.length > 0) yield await this.read(rows);
        if (rows.length < TRANSFERS_PER_PAGE) break;
        afterId = (rows.at(-1) as TransferRow).id;
      }
    }
  }

  /** All balances that had moved, as they stood behind a place; before the stretch begins, where none is given. */
  async *standing(stretch: Stretch, behind = stretch.after): AsyncGenerator<StandingBalance[]> {
    const [before, until] = boundsOf(stretch.period, behind);
    for (let after = '0'; ; ) {
      const rows: { id: string; public_id: string; owner_id: string | null; code: number; seq: string; balance: string }[] =
        await this.dataSource.query('SELECT * FROM ledger.balances_within($1, $2, $3, $4, $5, $6)', [
          after,
          BALANCES_PER_PAGE,
          before,
          until,
          behind?.id ?? '0',
          stretch.upToId,
        ]);
      const moved = rows.filter(({ seq }) => seq !== '0');
      if (moved.length > 0) {
        yield moved.map((row) => ({
          ...this.names.remember(row),
          balanceAfter: row.balance,
          seq: row.seq,
        }));
      }
      if (rows.length < BALANCES_PER_PAGE) return;
      after = (rows.at(-1) as { id: string }).id;
    }
  }

  /** Days that may have transfers of the stretch, each with its range of ids. */
  private async *days({ period, upToId, after }: Stretch): AsyncGenerator<Day> {
    let from = after === undefined ? period.from : new Date(`${after.day}T00:00:00.000Z`);
    if (from < period.from) from = period.from;
    let afterId = after?.id ?? '0';
    for (;;) {
      const start = await this.nextDay(from, period.to, upToId);
      if (start === undefined) return;
      const day = start.toISOString().slice(0, 10);
      const end = new Date(`${dayAfter(day)}T00:00:00.000Z`);
      const until = end < period.to ? end : period.to;
      const [ids]: { after_id: string; last_id: string }[] = await this.dataSource.query(
        'SELECT * FROM ledger.ids_between($1, $2)',
        [start, until],
      );
      const most = (one: string, other = '0'): string => (BigInt(one) > BigInt(other) ? one : other);
      const lastId = ids && BigInt(ids.last_id) < BigInt(upToId) ? ids.last_id : upToId;
      // The place we come from counts for its own day only: the next day may have lower ids.
      const begins = after !== undefined && after.day === day ? afterId : '0';
      yield { day, from: start, until, afterId: most(ids?.after_id ?? '0', begins), lastId };
      from = end;
      afterId = '0';
      if (from >= period.to) return;
    }
  }

  /** The next moment at which a day with transfers may begin. */
  private async nextDay(from: Date, to: Date, upToId: string): Promise<Date | undefined> {
    const [next]: { created_at: Date }[] = await this.dataSource.query(
      `SELECT t.created_at FROM ledger.transfers t
       WHERE t.id > (SELECT after_id FROM ledger.ids_between($1, $1)) AND t.id <= $3 AND t.created_at >= $1 AND t.created_at < $2
       ORDER BY t.id LIMIT 1`,
      [from, to, upToId],
    );
    if (!next) return undefined;
    // A little later in the ids there may be one of a little earlier: never pass over the day before.
    const earliest = new Date(next.created_at.getTime() - 60_000);
    const start = new Date(`${earliest.toISOString().slice(0, 10)}T00:00:00.000Z`);
    return start > from ? start : from;
  }

  private async read(rows: TransferRow[]): Promise<JournalTransfer[]> {
    const legs = rows.map(({ legs }) => legs.split(' '));
    const names = await this.names.load(legs.flatMap(balancesIn));
    const indexes = await this.trees.indexesOf(rows.map(({ id }) => id));
    return rows.map((row, at) => transferOf(row, legsOf(legs[at] as string[], names), indexes.get(row.id) ?? ''));
  }
}

interface Day {
  day: string;
  from: Date;
  until: Date;
  afterId: string;
  lastId: string;
}

/** What stands behind a place: all before the first of these, and of what is before the second, the ids up to the place's. */
function boundsOf({ from, to }: Period, behind: Place | undefined): [Date, Date] {
  if (behind === undefined) return [from, from];
  const day = new Date(`${behind.day}T00:00:00.000Z`);
  const end = new Date(`${dayAfter(behind.day)}T00:00:00.000Z`);
  return [day > from ? day : from, end < to ? end : to];
}

const rangeOf = ({ afterId, lastId, from, until }: Omit<Day, 'day'>): unknown[] => [afterId, lastId, from, until];

const ofDay = (columns: string): string =>
  `SELECT ${columns} FROM ledger.transfers t WHERE t.id > $1 AND t.id <= $2 AND t.created_at >= $3 AND t.created_at < $4`;

const PAGE = `
  SELECT t.id, to_char(t.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at, t.kind, t.reference, t.ordinal,
    t.reverses, t.evidence_hash, m.memo, e.legs
  FROM (${ofDay('t.*')} ORDER BY t.id LIMIT $5) t
  LEFT JOIN ledger.transfer_meta m ON m.transfer_id = t.id
  CROSS JOIN LATERAL (
    SELECT ${LEGS} AS legs
    FROM ledger.entries e WHERE e.transfer_id = t.id
  ) e
  ORDER BY t.id`;

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00.000Z`) + 86_400_000).toISOString().slice(0, 10);
}
