/** Nodes as their owner sees them: each number with what it is made of. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Policy } from '#libs/policy/policy.js';
import { encodeId } from '#libs/signing/ids.js';
import { effectiveCount } from '#libs/trust/credibility.js';
import { type NodeRecord, nodeCredibility, rank, reliability } from '#libs/trust/node-record.js';
import { Ledger } from '../ledger/ledger.js';
import { Settings } from '../settings/settings.js';
import { NodeRecords } from './node-records.js';
import type { GoodwillDto, LapseDto, NodeDto } from './nodes.dto.js';
import type { VolunteerNode } from './nodes.js';
import { Presence } from './presence.js';

const LAPSES_SHOWN = 20;

@Injectable()
export class ShowNodes {
  constructor(
    private readonly dataSource: DataSource,
    private readonly nodeRecords: NodeRecords,
    private readonly presence: Presence,
    private readonly ledger: Ledger,
    private readonly settings: Settings,
  ) {}

  async views(nodes: VolunteerNode[]): Promise<NodeDto[]> {
    const ids = nodes.map(({ id }) => id);
    const [records, seen, balances] = await Promise.all([
      this.nodeRecords.byIds(ids),
      this.presence.availability(ids),
      this.ledger.balances([...new Set(nodes.map(({ accountId }) => accountId))]),
    ]);
    return nodes.map((node) => {
      const { availability, lastSeenAt } = seen.get(node.id) ?? { availability: 0, lastSeenAt: null };
      const stakeMicro = balances.get(node.accountId)?.stakeMicro ?? 0n;
      return viewOf(node, records.get(node.id) as NodeRecord, { availability, lastSeenAt, stakeMicro }, this.settings.policy);
    });
  }

  async detailed(node: VolunteerNode): Promise<NodeDto> {
    const [view] = await this.views([node]);
    const rows: { at: Date; kind: string; reason: string | null; job_id: string | null }[] = await this.dataSource.query(
      `SELECT at, kind, reason, job_id FROM lapses WHERE node_id = $1 AND at > now() - interval '7 days' ORDER BY at DESC LIMIT $2`,
      [node.id, LAPSES_SHOWN],
    );
    const recentLapses = rows.map(
      (row): LapseDto => ({
        at: row.at.toISOString(),
        kind: row.kind,
        reason: row.reason,
        ...(row.job_id === null ? {} : { jobId: encodeId('job', row.job_id) }),
      }),
    );
    return { ...(view as NodeDto), recentLapses };
  }
}

function viewOf(
  node: VolunteerNode,
  record: NodeRecord,
  seen: { availability: number; lastSeenAt: Date | null; stakeMicro: bigint },
  policy: Policy,
): NodeDto {
  const figures = {
    credibility: nodeCredibility(record, policy),
    reliability: reliability(record, policy),
    availability: seen.availability,
    latencyMs: record.latencyMs,
  };
  const cooling = record.cooldownUntil && record.cooldownUntil.getTime() > Date.now();
  return {
    id: encodeId('node', node.id),
    name: node.name,
    region: node.region,
    stage: record.stage,
    paused: node.paused,
    rank: round(rank(figures, policy)),
    availability: round(figures.availability),
    reliability: round(figures.reliability),
    credibility: figures.credibility,
    goodwill: goodwillOf(record, policy),
    quota: record.quota,
    cooldownUntil: cooling ? (record.cooldownUntil as Date).toISOString() : null,
    stake: seen.stakeMicro.toString(),
    lastSeenAt: seen.lastSeenAt?.toISOString() ?? null,
    revokedAt: node.revokedAt?.toISOString() ?? null,
    createdAt: node.createdAt.toISOString(),
  };
}

function goodwillOf(record: NodeRecord, policy: Policy): GoodwillDto {
  const { probationMinutes, probationCredibilityCount } = policy.goodwill;
  const count = effectiveCount(record, policy.credibility);
  const minutesLeft = Math.max(0, probationMinutes - record.goodwillMinutes);
  const countLeft = Math.max(0, Math.ceil(probationCredibilityCount - count));
  const parts = [
    ...(minutesLeft > 0
      ? [minutesLeft > 90 ? `${(minutesLeft / 60).toFixed(1)} hours online` : `${minutesLeft} minutes online`]
      : []),
    ...(countLeft > 0 ? [`${countLeft} checked results`] : []),
  ];
  return {
    minutes: record.goodwillMinutes,
    wantedMinutes: probationMinutes,
    count: round(count),
    wantedCount: probationCredibilityCount,
    missing: record.stage === 'probation' ? parts.join(' and ') : '',
  };
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6;
