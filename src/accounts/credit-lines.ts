/**
 * How far each account may go below zero: read at every submission from memory, at most two seconds old; `ledger.post` decides with
 * the line it is given. A row begins with the first checked result of one of the account's nodes; without a row there is no line.
 */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource, type EntityManager } from 'typeorm';

/** A line that has shrunk may be used this much longer. */
const KNOWN_FOR_MS = 2_000;

@Injectable()
export class CreditLines {
  private readonly lines = new LRUCache<string, bigint>({ max: 100_000, ttl: KNOWN_FOR_MS });
  /** Accounts whose row is there for certain: rows are never deleted. */
  private readonly holders = new LRUCache<string, true>({ max: 100_000 });

  constructor(private readonly dataSource: DataSource) {}

  /** 0n for an account without a line. */
  async of(owners: string[]): Promise<Map<string, bigint>> {
    const unknown = owners.filter((owner) => this.lines.get(owner) === undefined);
    const found = new Map<string, bigint>();
    if (unknown.length > 0) {
      const rows: { account_id: string; line_micro: string }[] = await this.dataSource.query(
        'SELECT account_id, line_micro FROM credit_lines WHERE account_id = ANY ($1::uuid[])',
        [unknown],
      );
      for (const row of rows) found.set(row.account_id, BigInt(row.line_micro));
      for (const owner of unknown) this.lines.set(owner, found.get(owner) ?? 0n);
    }
    return new Map(owners.map((owner) => [owner, found.get(owner) ?? this.lines.get(owner) ?? 0n]));
  }

  /**
   * These accounts had a result checked, in this transaction: who had none before will be given its first line soon.
   * @returns whether there is such a one
   */
  async noteChecked(tx: EntityManager, owners: Iterable<string>): Promise<boolean> {
    const asked = [...new Set(owners)].filter((owner) => !this.holders.has(owner)).sort();
    if (asked.length === 0) return false;
    const rows: { account_id: string }[] = await tx.query(
      'INSERT INTO credit_lines (account_id) SELECT * FROM unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING account_id',
      [asked],
    );
    // This transaction may still roll back: only who was there already is known from now on.
    const fresh = new Set(rows.map((row) => row.account_id));
    for (const owner of asked) if (!fresh.has(owner)) this.holders.set(owner, true);
    return fresh.size > 0;
  }

  /** Forgets what it knows, after lines have changed. */
  forget(): void {
    this.lines.clear();
  }
}
