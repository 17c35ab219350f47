/** The keys' table. Looked up by the keyed hash of the secret; what was found is kept for two seconds, so a burst costs one look. */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource, type EntityManager } from 'typeorm';
import { newId } from '#libs/signing/ids.js';
import type { Caller } from '../http/caller.js';
import type { AccountRole, Scope } from '../http/scopes.js';
import { Settings } from '../settings/settings.js';
import { hashApiKeySecret, isApiKeySecret, newApiKeySecret } from './api-key-secret.js';

export interface ApiKey {
  id: string;
  name: string | null;
  prefix: string;
  scopes: Scope[];
  allowedOrigins: string[];
  dailySpendCapMicro: bigint | null;
  expiresAt: Date | null;
  createdAt: Date;
  revokedAt: Date | null;
}

export interface NewApiKey {
  accountId: string;
  scopes: readonly Scope[];
  id?: string;
  name?: string | undefined;
  expiresAt?: Date | undefined;
  dailySpendCapMicro?: bigint | undefined;
  allowedOrigins?: string[] | undefined;
}

interface ApiKeyRow {
  id: string;
  name: string | null;
  prefix: string;
  scopes: Scope[];
  allowed_origins: string[];
  daily_spend_cap_micro: string | null;
  expires_at: Date | null;
  created_at: Date;
  revoked_at: Date | null;
}

/** How long a revocation by another process may go unnoticed. */
const KNOWN_FOR_MS = 2_000;
const COLUMNS = 'id, name, prefix, scopes, allowed_origins, daily_spend_cap_micro, expires_at, created_at, revoked_at';
const PREFIX_CHARACTERS = 8;

@Injectable()
export class ApiKeys {
  private readonly callers = new LRUCache<string, Caller>({ max: 10_000, ttl: KNOWN_FOR_MS });

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  /** The secret is in the answer and nowhere else. */
  async issue(tx: EntityManager, key: NewApiKey): Promise<{ key: ApiKey; secret: string }> {
    const secret = newApiKeySecret();
    const [row]: ApiKeyRow[] = await tx.query(
      `INSERT INTO api_keys (id, account_id, name, secret_hash, prefix, scopes, allowed_origins, daily_spend_cap_micro, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${COLUMNS}`,
      [
        key.id ?? newId(),
        key.accountId,
        key.name ?? null,
        hashApiKeySecret(secret, this.settings.secret),
        secret.slice(0, PREFIX_CHARACTERS),
        [...key.scopes],
        key.allowedOrigins ?? [],
        key.dailySpendCapMicro ?? null,
        key.expiresAt ?? null,
      ],
    );
    return { key: apiKeyOf(row as ApiKeyRow), secret };
  }

  /** Whose key this is; undefined for one that is unknown, expired or revoked. */
  async callerOf(secret: string): Promise<Caller | undefined> {
    if (!isApiKeySecret(secret)) return undefined;
    const hash = hashApiKeySecret(secret, this.settings.secret);
    const name = hash.toString('base64');
    const known = this.callers.get(name);
    if (known) return known;
    const rows: {
      id: string;
      account_id: string;
      scopes: Scope[];
      role: AccountRole;
      expires_at: Date | null;
      cap: string | null;
    }[] = await this.dataSource.query(
      `SELECT k.id, k.account_id, k.scopes, k.expires_at, k.daily_spend_cap_micro AS cap, a.role FROM api_keys k JOIN accounts a ON a.id = k.account_id
         WHERE k.secret_hash = $1 AND k.revoked_at IS NULL AND a.deleted_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())`,
      [hash],
    );
    const [row] = rows;
    if (!row) return undefined;
    const caller: Caller = {
      accountId: row.account_id,
      keyId: row.id,
      scopes: row.scopes,
      role: row.role,
      dailySpendCapMicro: row.cap === null ? null : BigInt(row.cap),
    };
    const ttl = row.expires_at ? Math.max(1, Math.min(KNOWN_FOR_MS, row.expires_at.getTime() - Date.now())) : KNOWN_FOR_MS;
    this.callers.set(name, caller, { ttl });
    return caller;
  }

  async byId(accountId: string, id: string): Promise<ApiKey | undefined> {
    const [row]: ApiKeyRow[] = await this.dataSource.query(`SELECT ${COLUMNS} FROM api_keys WHERE id = $1 AND account_id = $2`, [
      id,
      accountId,
    ]);
    return row && apiKeyOf(row);
  }

  async page(accountId: string, after: string | undefined, limit: number): Promise<ApiKey[]> {
    const rows: ApiKeyRow[] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM api_keys WHERE account_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
      [accountId, after ?? null, limit],
    );
    return rows.map(apiKeyOf);
  }

  /** False where the account has no such key; revoking twice changes nothing. */
  async revoke(accountId: string, id: string): Promise<boolean> {
    const [, count]: [unknown, number] = await this.dataSource.query(
      'UPDATE api_keys SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE id = $1 AND account_id = $2 RETURNING id',
      [id, accountId],
    );
    this.forget();
    return count > 0;
  }

  /** What is known of keys is read anew. */
  forget(): void {
    this.callers.clear();
  }
}

function apiKeyOf(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    allowedOrigins: row.allowed_origins,
    dailySpendCapMicro: row.daily_spend_cap_micro === null ? null : BigInt(row.daily_spend_cap_micro),
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  };
}
