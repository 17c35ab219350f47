/** The tables of nodes and their keys. */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource, type EntityManager } from 'typeorm';
import type { NodeCaller } from '../http/caller.js';

export interface VolunteerNode {
  id: string;
  accountId: string;
  name: string;
  region: string | null;
  addressRange: string | null;
  paused: boolean;
  createdAt: Date;
  revokedAt: Date | null;
}

interface NodeRow {
  id: string;
  account_id: string;
  name: string;
  region: string | null;
  address_range: string | null;
  paused: boolean;
  created_at: Date;
  revoked_at: Date | null;
}

/** How long a revocation by another process may go unnoticed. */
const KNOWN_FOR_MS = 2_000;
const COLUMNS = 'n.id, n.account_id, n.name, n.region, n.address_range, n.paused, n.created_at, n.revoked_at';

@Injectable()
export class Nodes {
  private readonly callers = new LRUCache<string, NodeCaller>({ max: 20_000, ttl: KNOWN_FOR_MS });
  private readonly ranges = new LRUCache<string, string>({ max: 20_000 });

  constructor(private readonly dataSource: DataSource) {}

  async insert(
    tx: EntityManager,
    node: { id: string; accountId: string; name: string; region: string | null; addressRange: string | null; publicKey: Buffer },
  ): Promise<VolunteerNode> {
    const [row]: NodeRow[] = await tx.query(
      `INSERT INTO nodes AS n (id, account_id, name, region, address_range) VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
      [node.id, node.accountId, node.name, node.region, node.addressRange],
    );
    await tx.query('INSERT INTO node_keys (public_key, node_id) VALUES ($1, $2)', [node.publicKey, node.id]);
    return nodeOf(row as NodeRow);
  }

  async byKey(tx: EntityManager, publicKey: Buffer): Promise<VolunteerNode | undefined> {
    const [row]: NodeRow[] = await tx.query(
      `SELECT ${COLUMNS} FROM node_keys k JOIN nodes n ON n.id = k.node_id WHERE k.public_key = $1`,
      [publicKey],
    );
    return row && nodeOf(row);
  }

  async byId(accountId: string, id: string): Promise<VolunteerNode | undefined> {
    const [row]: NodeRow[] = await this.dataSource.query(`SELECT ${COLUMNS} FROM nodes n WHERE n.id = $1 AND n.account_id = $2`, [
      id,
      accountId,
    ]);
    return row && nodeOf(row);
  }

  async page(accountId: string, after: string | undefined, limit: number): Promise<VolunteerNode[]> {
    const rows: NodeRow[] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM nodes n WHERE n.account_id = $1 AND ($2::uuid IS NULL OR n.id < $2) ORDER BY n.id DESC LIMIT $3`,
      [accountId, after ?? null, limit],
    );
    return rows.map(nodeOf);
  }

  async countOf(tx: EntityManager, accountId: string): Promise<number> {
    const [row]: { count: number }[] = await tx.query(
      'SELECT count(*)::integer AS count FROM nodes WHERE account_id = $1 AND revoked_at IS NULL',
      [accountId],
    );
    return row?.count ?? 0;
  }

  /** Whose signature this may be; undefined for an unknown, revoked or retired node. */
  async callerOf(nodeId: string): Promise<NodeCaller | undefined> {
    const known = this.callers.get(nodeId);
    if (known) return known;
    const [row]: { account_id: string; public_key: Buffer }[] = await this.dataSource.query(
      `SELECT n.account_id, k.public_key FROM nodes n JOIN node_keys k ON k.node_id = n.id AND k.replaced_at IS NULL
       WHERE n.id = $1 AND n.revoked_at IS NULL`,
      [nodeId],
    );
    if (!row) return undefined;
    const caller: NodeCaller = { nodeId, ownerId: row.account_id, publicKey: row.public_key };
    this.callers.set(nodeId, caller);
    return caller;
  }

  async update(accountId: string, id: string, change: { name?: string; paused?: boolean }): Promise<VolunteerNode | undefined> {
    const [rows]: [NodeRow[], number] = await this.dataSource.query(
      `UPDATE nodes n SET name = coalesce($3, name), paused = coalesce($4, paused) WHERE n.id = $1 AND n.account_id = $2 RETURNING ${COLUMNS}`,
      [id, accountId, change.name ?? null, change.paused ?? null],
    );
    return rows[0] && nodeOf(rows[0]);
  }

  /** Its key signs nothing any more. */
  async revoke(tx: EntityManager, id: string): Promise<void> {
    await tx.query('UPDATE nodes SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE id = $1', [id]);
    this.callers.delete(id);
  }

  /** Remembers where a node calls from; writes only when that has changed. */
  async seenAt(nodeId: string, addressRange: string | null): Promise<void> {
    if (this.ranges.get(nodeId) === (addressRange ?? '')) return;
    this.ranges.set(nodeId, addressRange ?? '');
    await this.dataSource.query('UPDATE nodes SET address_range = $2 WHERE id = $1 AND address_range IS DISTINCT FROM $2', [
      nodeId,
      addressRange,
    ]);
  }
}

function nodeOf(row: NodeRow): VolunteerNode {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    region: row.region,
    addressRange: row.address_range,
    paused: row.paused,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  };
}
