/**
 * What nodes have shown. Events are folded by the pure rules of libs/trust over locked rows (sorted by id), written back in one
 * statement. Agreements pass the caps of TRUST.md §1 first: credibility must not be for sale.
 */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { effectiveCount } from '#libs/trust/credibility.js';
import { applyEvent, type NodeEvent, type NodeRecord, newNodeRecord, type Stage } from '#libs/trust/node-record.js';
import { Outbox, type OutboxEvent } from '../database/outbox.js';
import { Settings } from '../settings/settings.js';
import { Vouches } from './vouches.js';

export type RecordedEvent = NodeEvent & { nodeId: string; at: Date; jobId?: string; submitterId?: string; reason?: string };

interface RecordRow {
  node_id: string;
  owner_id: string;
  stage: Stage;
  k_audit: number;
  k_vote: number;
  alpha: number;
  beta: number;
  quota: number;
  threads: number;
  goodwill_minutes: number;
  cooldown_until: Date | null;
  cooldown_level: number;
  cooldown_at: Date | null;
  proven_wrong_at: Date | null;
  latency_ms: number;
  recent_lapses: Date[] | null;
}

/** Lapses since the last cooldown, within the hour that counts. */
const SELECT = `
  SELECT r.*, (
    SELECT array_agg(l.at ORDER BY l.at) FROM lapses l
    WHERE l.node_id = r.node_id AND l.kind = 'lapse' AND l.at > greatest(now() - interval '1 hour', coalesce(r.cooldown_at, '-infinity'))
  ) AS recent_lapses
  FROM node_records r`;

@Injectable()
export class NodeRecords {
  constructor(
    private readonly dataSource: DataSource,
    private readonly vouches: Vouches,
    private readonly outbox: Outbox,
    private readonly settings: Settings,
  ) {}

  async open(tx: EntityManager, node: { nodeId: string; ownerId: string }): Promise<void> {
    await this.write(tx, [newNodeRecord(node, this.settings.policy)], 'insert');
  }

  async byIds(ids: string[], tx: EntityManager = this.dataSource.manager): Promise<Map<string, NodeRecord>> {
    if (ids.length === 0) return new Map();
    const rows: RecordRow[] = await tx.query(`${SELECT} WHERE r.node_id = ANY ($1::uuid[])`, [ids]);
    return new Map(rows.map((row) => [row.node_id, recordOf(row)]));
  }

  async apply(tx: EntityManager, events: RecordedEvent[]): Promise<void> {
    const ids = [...new Set(events.map(({ nodeId }) => nodeId))].sort();
    if (ids.length === 0) return;
    await tx.query('SELECT 1 FROM node_records WHERE node_id = ANY ($1::uuid[]) ORDER BY node_id FOR UPDATE', [ids]);
    const before = await this.byIds(ids, tx);
    const counted = await this.vouches.admit(tx, events, (nodeId) => {
      const record = before.get(nodeId);
      return record ? effectiveCount(record, this.settings.policy.credibility) : 0;
    });
    const after = new Map(before);
    for (const event of counted) {
      const record = after.get(event.nodeId);
      if (record) after.set(event.nodeId, applyEvent(record, event, { policy: this.settings.policy, now: event.at }));
    }
    await this.write(tx, [...after.values()], 'update');
    await this.writeLapses(tx, events);
    await this.outbox.append(tx, stageEvents(before, after, events));
  }

  /** The owner takes the node out of service for good. */
  async retire(tx: EntityManager, nodeId: string): Promise<void> {
    await tx.query(`UPDATE node_records SET stage = 'retired' WHERE node_id = $1`, [nodeId]);
  }

  async setThreads(nodeId: string, threads: number): Promise<void> {
    await this.dataSource.query('UPDATE node_records SET threads = $2 WHERE node_id = $1 AND threads <> $2', [nodeId, threads]);
  }

  private async writeLapses(tx: EntityManager, events: RecordedEvent[]): Promise<void> {
    const lapses = events.filter(
      ({ type }) => type === 'lapse' || type === 'host_failure' || type === 'proven_wrong' || type === 'outvoted',
    );
    if (lapses.length === 0) return;
    await tx.query(
      `INSERT INTO lapses (node_id, at, kind, reason, job_id) SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[])`,
      [
        lapses.map(({ nodeId }) => nodeId),
        lapses.map(({ at }) => at),
        lapses.map(({ type }) => type),
        lapses.map(({ reason }) => reason ?? null),
        lapses.map(({ jobId }) => jobId ?? null),
      ],
    );
  }

  private async write(tx: EntityManager, records: NodeRecord[], how: 'insert' | 'update'): Promise<void> {
    const of = <T>(column: (record: NodeRecord) => T): T[] => records.map(column);
    const values = [
      of(({ nodeId }) => nodeId),
      of(({ ownerId }) => ownerId),
      of(({ stage }) => stage),
      of(({ kAudit }) => kAudit),
      of(({ kVote }) => kVote),
      of(({ alpha }) => alpha),
      of(({ beta }) => beta),
      of(({ quota }) => quota),
      of(({ threads }) => threads),
      of(({ goodwillMinutes }) => goodwillMinutes),
      of(({ cooldownUntil }) => cooldownUntil),
      of(({ cooldownLevel }) => cooldownLevel),
      of(({ cooldownAt }) => cooldownAt),
      of(({ provenWrongAt }) => provenWrongAt),
      of(({ latencyMs }) => latencyMs),
    ];
    const source = `unnest($1::uuid[], $2::uuid[], $3::text[], $4::float8[], $5::float8[], $6::float8[], $7::float8[], $8::integer[], $9::integer[],
      $10::float8[], $11::timestamptz[], $12::integer[], $13::timestamptz[], $14::timestamptz[], $15::float8[])
      AS i(node_id, owner_id, stage, k_audit, k_vote, alpha, beta, quota, threads, goodwill_minutes, cooldown_until, cooldown_level, cooldown_at,
        proven_wrong_at, latency_ms)`;
    if (how === 'insert') {
      await tx.query(
        `INSERT INTO node_records (node_id, owner_id, stage, k_audit, k_vote, alpha, beta, quota, threads, goodwill_minutes, cooldown_until,
           cooldown_level, cooldown_at, proven_wrong_at, latency_ms) SELECT * FROM ${source}`,
        values,
      );
      return;
    }
    await tx.query(
      `UPDATE node_records r SET stage = i.stage, k_audit = i.k_audit, k_vote = i.k_vote, alpha = i.alpha, beta = i.beta, quota = i.quota,
         goodwill_minutes = i.goodwill_minutes, cooldown_until = i.cooldown_until, cooldown_level = i.cooldown_level, cooldown_at = i.cooldown_at,
         proven_wrong_at = i.proven_wrong_at, latency_ms = i.latency_ms
       FROM ${source} WHERE r.node_id = i.node_id AND i.owner_id IS NOT NULL AND i.threads IS NOT NULL`,
      values,
    );
  }
}

function stageEvents(before: Map<string, NodeRecord>, after: Map<string, NodeRecord>, events: RecordedEvent[]): OutboxEvent[] {
  const changed = [...after.values()].filter((record) => before.get(record.nodeId)?.stage !== record.stage);
  const proven = new Set(events.filter(({ type }) => type === 'proven_wrong').map(({ nodeId }) => nodeId));
  return [
    ...changed.map(({ nodeId, ownerId }) => ({ event: 'node.stage_changed', accountId: ownerId, subjectId: nodeId })),
    ...[...proven].flatMap((nodeId) => {
      const owner = after.get(nodeId)?.ownerId;
      return owner === undefined ? [] : [{ event: 'node.slashed', accountId: owner, subjectId: nodeId }];
    }),
  ];
}

function recordOf(row: RecordRow): NodeRecord {
  return {
    nodeId: row.node_id,
    ownerId: row.owner_id,
    stage: row.stage,
    kAudit: row.k_audit,
    kVote: row.k_vote,
    alpha: row.alpha,
    beta: row.beta,
    quota: row.quota,
    threads: row.threads,
    goodwillMinutes: row.goodwill_minutes,
    cooldownUntil: row.cooldown_until,
    cooldownLevel: row.cooldown_level,
    cooldownAt: row.cooldown_at,
    recentLapses: row.recent_lapses ?? [],
    provenWrongAt: row.proven_wrong_at,
    latencyMs: row.latency_ms,
  };
}
