/** UTC days as the supply counts them: by number since 1970 in the ledger's keys, as a date in tables and answers. */
export const DAY_MS = 86_400_000;

/** The number of the day that a moment is in. */
export const dayOf = (at: Date): number => Math.floor(at.getTime() / DAY_MS);

export const startOf = (day: number): Date => new Date(day * DAY_MS);

/** 2026-11-25 */
export const dateOf = (day: number): string => startOf(day).toISOString().slice(0, 10);

export const dayOfDate = (date: string): number => dayOf(new Date(`${date}T00:00:00Z`));
