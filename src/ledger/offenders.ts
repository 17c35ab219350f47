/** What breaks the laws, gathered over any number of slices: of each law the first few. */
import type { Law } from './laws.js';

export type LawQuery = (sql: string, values?: unknown[]) => Promise<{ offender: string }[]>;

const SHOWN = 3;

export class Offenders {
  private readonly found = new Map<string, string[]>();

  /** Runs these laws over one range, or over what has none. */
  async look(query: LawQuery, laws: readonly Pick<Law, 'id' | 'sql'>[], range: readonly unknown[] = []): Promise<void> {
    for (const { id, sql } of laws) {
      const rows = await query(`SELECT offender FROM (${sql}) found LIMIT ${SHOWN}`, [...range]);
      this.add(
        id,
        rows.map(({ offender }) => offender ?? 'something without a name'),
      );
    }
  }

  add(id: string, offenders: readonly string[]): void {
    if (offenders.length === 0) return;
    const known = this.found.get(id) ?? [];
    this.found.set(id, [...new Set([...known, ...offenders])].slice(0, SHOWN));
  }

  get ids(): string[] {
    return [...this.found.keys()];
  }

  /** undefined: nothing breaks it. */
  detail(id: string): string | undefined {
    return this.found.get(id)?.join('; ');
  }
}
