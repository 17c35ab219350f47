/**
 * Idempotency keys: a row beside the effect, in the same transaction, so that either both exist or neither. A concurrent twin waits
 * on the row's unique index until the first commits, at most five seconds; a refused request rolls its key back.
 */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { sqlStateOf } from '../database/transaction.js';
import { DomainError } from './domain-error.js';

export interface KeyPlace {
  /** The account; without one, a UUID made from the caller's address. */
  scope: string;
  route: string;
  key: string;
}

export interface KeyClaim extends KeyPlace {
  bodyHash: Buffer;
  /** Id of what this request makes; known beforehand, as ids are drawn here. */
  resource: string;
}

export type ClaimOutcome = { state: 'fresh' } | { state: 'replay'; resource: string } | { state: 'conflict'; error: DomainError };

const LOCK_NOT_AVAILABLE = '55P03';

@Injectable()
export class Idempotency {
  constructor(private readonly dataSource: DataSource) {}

  /** One key. @throws DomainError idempotency_conflict or idempotency_in_progress */
  async claim(tx: EntityManager, claim: KeyClaim): Promise<{ state: 'fresh' } | { state: 'replay'; resource: string }> {
    const [outcome] = await this.claimAll(tx, [claim]);
    if (outcome?.state === 'conflict') throw outcome.error;
    return outcome ?? { state: 'fresh' };
  }

  /** Many keys in one statement, sorted; an outcome each. */
  async claimAll(tx: EntityManager, claims: KeyClaim[]): Promise<ClaimOutcome[]> {
    const inserted = await this.insert(tx, claims);
    const fresh = new Set(inserted.map(nameOf));
    const repeated = claims.filter((claim) => !fresh.has(nameOf(claim)));
    const known = await this.find(tx, repeated);
    return claims.map((claim): ClaimOutcome => {
      if (fresh.has(nameOf(claim))) return { state: 'fresh' };
      const row = known.get(nameOf(claim));
      if (!row?.resource) return { state: 'conflict', error: inProgress() };
      if (!row.bodyHash.equals(claim.bodyHash)) return { state: 'conflict', error: otherBody() };
      return { state: 'replay', resource: row.resource };
    });
  }

  async isKnown(place: KeyPlace): Promise<boolean> {
    return (await this.find(this.dataSource.manager, [place])).size > 0;
  }

  private async insert(tx: EntityManager, claims: KeyClaim[]): Promise<KeyPlace[]> {
    const of = <T>(column: (claim: KeyClaim) => T): T[] => claims.map(column);
    try {
      return await tx.query('SELECT * FROM claim_keys($1, $2, $3, $4, $5)', [
        of(({ scope }) => scope),
        of(({ route }) => route),
        of(({ key }) => key),
        of(({ bodyHash }) => bodyHash),
        of(({ resource }) => resource),
      ]);
    } catch (error) {
      if (sqlStateOf(error) === LOCK_NOT_AVAILABLE) throw inProgress();
      throw error;
    }
  }

  private async find(tx: EntityManager, places: KeyPlace[]): Promise<Map<string, { bodyHash: Buffer; resource: string | null }>> {
    if (places.length === 0) return new Map();
    const rows: { scope: string; route: string; key: string; body_hash: Buffer; resource: string | null }[] = await tx.query(
      `SELECT k.* FROM unnest($1::uuid[], $2::text[], $3::text[]) AS i(scope, route, key)
       JOIN idempotency_keys k ON k.scope = i.scope AND k.route = i.route AND k.key = i.key`,
      [places.map(({ scope }) => scope), places.map(({ route }) => route), places.map(({ key }) => key)],
    );
    return new Map(rows.map((row) => [nameOf(row), { bodyHash: row.body_hash, resource: row.resource }]));
  }
}

const nameOf = ({ scope, route, key }: KeyPlace): string => `${scope}\n${route}\n${key}`;

const inProgress = (): DomainError =>
  new DomainError(
    'idempotency_in_progress',
    'another request with this Idempotency-Key is under way; send this one again in a moment',
    {
      retryAfterSeconds: 1,
    },
  );

const otherBody = (): DomainError =>
  new DomainError('idempotency_conflict', 'this Idempotency-Key was used with another body; take a new key for a new request', {
    errors: [{ parameter: 'Idempotency-Key', detail: 'was used with another body' }],
  });
