/** The tables of functions and versions, as their owner reads and changes them. */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Abi } from '#libs/sandbox/execution.js';

/** One version with its function. */
export interface FunctionVersion {
  versionId: string;
  functionId: string;
  name: string;
  description: string | null;
  codeDigest: Buffer;
  runtimeId: string;
  abi: Abi;
  codeBytes: number;
  fuelLimit: bigint | null;
  memoryBytes: number;
  maxOutputBytes: number;
  sampleInput: unknown;
  quarantinedAt: Date | null;
  isCurrent: boolean;
  functionCreatedAt: Date;
  createdAt: Date;
}

export interface NewVersion {
  versionId: string;
  functionId: string;
  accountId: string;
  name: string;
  description: string | undefined;
  code: Buffer;
  codeDigest: Buffer;
  runtimeId: string;
  abi: Abi;
  fuelLimit: bigint | null;
  memoryBytes: number;
  maxOutputBytes: number;
  sampleInput: unknown;
}

const COLUMNS = `v.id, v.function_id, f.name, f.description, v.code_digest, v.runtime_id, v.abi, v.code_bytes, v.fuel_limit, v.memory_bytes,
  v.max_output_bytes, v.sample_input, v.quarantined_at, v.id = f.current_version_id AS is_current, f.created_at AS function_created_at, v.created_at`;

@Injectable()
export class Functions {
  constructor(private readonly dataSource: DataSource) {}

  /** Adds a version, with its function where that is new, and makes it the current one. An equal version is found instead. */
  async insert(tx: EntityManager, version: NewVersion): Promise<{ versionId: string; created: boolean }> {
    const { accountId, name, functionId, versionId } = version;
    await tx.query('INSERT INTO version_code (digest, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      version.codeDigest,
      version.code,
    ]);
    const [owner]: { id: string }[] = await tx.query(
      `INSERT INTO functions AS f (id, account_id, name, description, current_version_id) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (account_id, name) DO UPDATE SET description = coalesce(excluded.description, f.description) RETURNING id`,
      [functionId, accountId, name, version.description ?? null, versionId],
    );
    const id = (owner as { id: string }).id;
    const inserted: unknown[] = await tx.query(
      `INSERT INTO versions (id, function_id, account_id, code_digest, runtime_id, abi, code_bytes, fuel_limit, memory_bytes, max_output_bytes, sample_input)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING RETURNING id`,
      [
        versionId,
        id,
        accountId,
        version.codeDigest,
        version.runtimeId,
        version.abi,
        version.code.length,
        version.fuelLimit,
        version.memoryBytes,
        version.maxOutputBytes,
        version.sampleInput === undefined ? null : JSON.stringify(version.sampleInput),
      ],
    );
    const [current]: [{ current_version_id: string }[], number] = await tx.query(
      `UPDATE functions f SET current_version_id = v.id FROM versions v
       WHERE f.id = $1 AND v.function_id = f.id AND v.code_digest = $2 AND v.runtime_id = $3 RETURNING f.current_version_id`,
      [id, version.codeDigest, version.runtimeId],
    );
    return { versionId: current[0]?.current_version_id ?? versionId, created: inserted.length > 0 };
  }

  async versionById(accountId: string, versionId: string): Promise<FunctionVersion | undefined> {
    const [row] = await this.select('v.account_id = $1 AND v.id = $2', [accountId, versionId]);
    return row;
  }

  async current(accountId: string, name: string): Promise<FunctionVersion | undefined> {
    const [row] = await this.select('f.account_id = $1 AND f.name = $2 AND v.id = f.current_version_id', [accountId, name]);
    return row;
  }

  async byDigest(accountId: string, name: string, digest: Buffer): Promise<FunctionVersion | undefined> {
    const [row] = await this.select(
      'f.account_id = $1 AND f.name = $2 AND v.code_digest = $3',
      [accountId, name, digest],
      'v.id DESC',
      1,
    );
    return row;
  }

  page(accountId: string, after: string | undefined, limit: number): Promise<FunctionVersion[]> {
    return this.select(
      'f.account_id = $1 AND v.id = f.current_version_id AND ($2::uuid IS NULL OR f.id < $2)',
      [accountId, after ?? null],
      'f.id DESC',
      limit,
    );
  }

  versions(accountId: string, name: string, after: string | undefined, limit: number): Promise<FunctionVersion[]> {
    return this.select(
      'f.account_id = $1 AND f.name = $2 AND ($3::uuid IS NULL OR v.id < $3)',
      [accountId, name, after ?? null],
      'v.id DESC',
      limit,
    );
  }

  async setCurrent(accountId: string, name: string, versionId: string): Promise<void> {
    await this.dataSource.query('UPDATE functions SET current_version_id = $3 WHERE account_id = $1 AND name = $2', [
      accountId,
      name,
      versionId,
    ]);
  }

  async countOf(tx: EntityManager, accountId: string, since: Date): Promise<{ versions: number; recent: number }> {
    const [row]: { versions: number; recent: number }[] = await tx.query(
      `SELECT count(*)::integer AS versions, count(*) FILTER (WHERE created_at > $2)::integer AS recent FROM versions WHERE account_id = $1`,
      [accountId, since],
    );
    return row ?? { versions: 0, recent: 0 };
  }

  private async select(where: string, values: unknown[], order = 'v.id DESC', limit = 200): Promise<FunctionVersion[]> {
    const rows: Record<string, unknown>[] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM versions v JOIN functions f ON f.id = v.function_id WHERE ${where} ORDER BY ${order} LIMIT ${limit}`,
      values,
    );
    return rows.map(versionOf);
  }
}

function versionOf(row: Record<string, unknown>): FunctionVersion {
  return {
    versionId: row.id as string,
    functionId: row.function_id as string,
    name: row.name as string,
    description: row.description as string | null,
    codeDigest: row.code_digest as Buffer,
    runtimeId: row.runtime_id as string,
    abi: row.abi as Abi,
    codeBytes: row.code_bytes as number,
    fuelLimit: row.fuel_limit === null ? null : BigInt(row.fuel_limit as string),
    memoryBytes: row.memory_bytes as number,
    maxOutputBytes: row.max_output_bytes as number,
    sampleInput: row.sample_input,
    quarantinedAt: row.quarantined_at as Date | null,
    isCurrent: row.is_current as boolean,
    functionCreatedAt: row.function_created_at as Date,
    createdAt: row.created_at as Date,
  };
}
