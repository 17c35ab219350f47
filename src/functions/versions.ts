/** Versions as jobs and the scheduler need them. Facts never change but for quarantine and history, so they are kept for moments. */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import type { Abi } from '#libs/sandbox/execution.js';
import { parseDigest } from '#libs/signing/digest.js';
import { DomainError } from '../http/domain-error.js';
import { noHistory, type VersionHistory, VersionStats } from './version-stats.js';

export interface VersionFacts extends VersionHistory {
  versionId: string;
  functionId: string;
  functionName: string;
  accountId: string;
  codeDigest: Buffer;
  runtimeId: string;
  abi: Abi;
  codeBytes: number;
  limits: { fuelLimit: bigint | null; memoryBytes: number; maxOutputBytes: number };
  quarantined: boolean;
}

/** How old a version's history may be: a day's median does not move faster. */
const FACTS_MS = 2_000;
/** How long another replica may go on with the version before a deploy or rollback. */
const CURRENT_MS = 500;
const CODE_BYTES = 128 * 1_048_576;

const SELECT = `
  SELECT v.id, v.function_id, f.name, v.account_id, v.code_digest, v.runtime_id, v.abi, v.code_bytes, v.fuel_limit, v.memory_bytes,
    v.max_output_bytes, v.quarantined_at
  FROM versions v JOIN functions f ON f.id = v.function_id`;

@Injectable()
export class Versions {
  private readonly facts = new LRUCache<string, VersionFacts>({ max: 10_000, ttl: FACTS_MS });
  private readonly resolved = new LRUCache<string, string>({ max: 10_000, ttl: CURRENT_MS });
  private readonly codes = new LRUCache<string, Buffer>({ maxSize: CODE_BYTES, sizeCalculation: (bytes) => bytes.length + 1 });

  constructor(
    private readonly dataSource: DataSource,
    private readonly stats: VersionStats,
  ) {}

  /** The function's current version, or the one named. @throws DomainError not_found, quarantined */
  async resolve(accountId: string, name: string, version?: string): Promise<VersionFacts> {
    const place = `${accountId} ${name} ${version ?? ''}`;
    const known = this.resolved.get(place);
    const versionId = known ?? (await this.find(accountId, name, version));
    if (versionId === undefined) {
      const detail =
        version === undefined
          ? `no function of this account is called ${name.slice(0, 64)}`
          : `the function has no version ${version}`;
      throw new DomainError('not_found', detail);
    }
    if (known === undefined) this.resolved.set(place, versionId);
    const facts = (await this.byIds([versionId])).get(versionId);
    if (!facts) throw new DomainError('not_found', 'the version is gone');
    if (facts.quarantined)
      throw new DomainError('quarantined', 'this version does not run the same way twice; deploy a deterministic one');
    return facts;
  }

  async byIds(ids: string[]): Promise<Map<string, VersionFacts>> {
    const found = new Map<string, VersionFacts>();
    const missing: string[] = [];
    for (const id of ids) {
      const known = this.facts.get(id);
      if (known) found.set(id, known);
      else missing.push(id);
    }
    if (missing.length === 0) return found;
    const rows: Record<string, unknown>[] = await this.dataSource.query(`${SELECT} WHERE v.id = ANY ($1::uuid[])`, [missing]);
    const histories = await this.stats.of(missing);
    for (const row of rows) {
      const facts = factsOf(row, histories.get(row.id as string) ?? noHistory);
      this.facts.set(facts.versionId, facts);
      found.set(facts.versionId, facts);
    }
    return found;
  }

  async idsOfFunction(accountId: string, name: string): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query(
      'SELECT v.id FROM versions v JOIN functions f ON f.id = v.function_id WHERE f.account_id = $1 AND f.name = $2',
      [accountId, name],
    );
    return rows.map(({ id }) => id);
  }

  /** The original bytes of a version's code. */
  async code(digest: Buffer): Promise<{ bytes: Buffer } | undefined> {
    const name = digest.toString('hex');
    const known = this.codes.get(name);
    if (known) return { bytes: known };
    const [row]: { bytes: Buffer }[] = await this.dataSource.query('SELECT bytes FROM version_code WHERE digest = $1', [digest]);
    if (!row) return undefined;
    this.codes.set(name, row.bytes);
    return { bytes: row.bytes };
  }

  async codeByDigestText(text: string): Promise<{ bytes: Buffer } | undefined> {
    const digest = parseDigest(text);
    return digest && this.code(digest);
  }

  /** After a deploy or a rollback: the next caller sees it. */
  forgetCurrent(): void {
    this.resolved.clear();
  }

  private async find(accountId: string, name: string, version: string | undefined): Promise<string | undefined> {
    const digest = version === undefined ? null : parseDigest(version);
    const [row]: { id: string }[] = await this.dataSource.query(
      `SELECT CASE WHEN $3::bytea IS NULL THEN f.current_version_id
         ELSE (SELECT v.id FROM versions v WHERE v.function_id = f.id AND v.code_digest = $3 ORDER BY v.id DESC LIMIT 1) END AS id
       FROM functions f WHERE f.account_id = $1 AND f.name = $2`,
      [accountId, name, digest],
    );
    return row?.id ?? undefined;
  }
}

function factsOf(row: Record<string, unknown>, history: VersionHistory): VersionFacts {
  return {
    ...history,
    versionId: row.id as string,
    functionId: row.function_id as string,
    functionName: row.name as string,
    accountId: row.account_id as string,
    codeDigest: row.code_digest as Buffer,
    runtimeId: row.runtime_id as string,
    abi: row.abi as Abi,
    codeBytes: row.code_bytes as number,
    limits: {
      fuelLimit: row.fuel_limit === null ? null : BigInt(row.fuel_limit as string),
      memoryBytes: row.memory_bytes as number,
      maxOutputBytes: row.max_output_bytes as number,
    },
    quarantined: row.quarantined_at !== null,
  };
}
