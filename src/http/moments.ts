/**
 * Moments and periods in a query: RFC 3339, or a plain date, which means the whole UTC day. A period begins with `from` and ends
 * before `to`; `to` as a plain date includes that day.
 */
import { invalidField } from './domain-error.js';

const DAY_MS = 86_400_000;
/** No grid has books from before this: an earlier year is a slip, and years below 1000 are not even four digits everywhere. */
const EARLIEST = Date.UTC(2000, 0, 1);
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2})[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

export interface Period {
  from: Date;
  /** Exclusive. */
  to: Date;
}

/** A moment that has passed; a plain date stands for the end of its day. @throws DomainError validation_failed */
export function pastMoment(parameter: string, text: string, now: Date): Date {
  const { start, isDate } = parsed(parameter, text);
  const moment = isDate ? new Date(start.getTime() + DAY_MS - 1) : start;
  if (moment <= now) return moment;
  throw invalidField(
    { parameter },
    isDate
      ? `${parameter} is a day that is not over; give a moment of it, or an earlier day`
      : `${parameter} is in the future; the books are known up to now, ${now.toISOString()}`,
  );
}

/** @throws DomainError validation_failed, naming the parameter */
export function periodOf(query: { from?: string | undefined; to?: string | undefined }, byDefault: Period, now: Date): Period {
  const from = query.from === undefined ? byDefault.from : near('from', parsed('from', query.from), now).start;
  const to = query.to === undefined ? byDefault.to : endOf(near('to', parsed('to', query.to), now));
  if (from < to) return { from, to };
  throw invalidField({ parameter: 'from' }, 'from must be before to; they seem to be the wrong way round');
}

/** The current month up to now, in UTC. */
export function currentMonth(now: Date): Period {
  return { from: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)), to: new Date(now.getTime() + 1) };
}

/** Everything so far. */
export function allTime(now: Date): Period {
  return { from: new Date(EARLIEST), to: new Date(now.getTime() + DAY_MS) };
}

interface Parsed {
  start: Date;
  isDate: boolean;
}

const endOf = ({ start, isDate }: Parsed): Date => (isDate ? new Date(start.getTime() + DAY_MS) : start);

function near(parameter: string, moment: Parsed, now: Date): Parsed {
  if (moment.start.getTime() <= now.getTime() + DAY_MS) return moment;
  throw invalidField({ parameter }, `${parameter} is more than a day in the future`);
}

function parsed(parameter: string, text: string): Parsed {
  const wrong = (): Error =>
    invalidField({ parameter }, `${parameter} must be a date (2026-11-23) or a moment of RFC 3339 (2026-11-23T12:00:00.000Z)`);
  const date = DATE.exec(text)?.[0] ?? MOMENT.exec(text)?.[1];
  if (date === undefined || !isCalendarDate(date)) throw wrong();
  const start = new Date(date === text ? `${text}T00:00:00.000Z` : text.toUpperCase());
  if (Number.isNaN(start.getTime())) throw wrong();
  if (start.getTime() < EARLIEST)
    throw invalidField({ parameter }, `${parameter} is before the year 2000; no books go back so far`);
  return { start, isDate: date === text };
}

/** 2026-02-30 is none; Date would take it for 2 March. */
function isCalendarDate(date: string): boolean {
  const day = new Date(`${date}T00:00:00.000Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
}
