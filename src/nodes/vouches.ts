/**
 * The caps on agreements (TRUST.md §1): at most one a day from each submitter, and from one submitter never more than max(5, 10 %) of
 * a node's k. Otherwise thousands of one's own minimum-price jobs would buy a reputation.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Settings } from '../settings/settings.js';
import type { RecordedEvent } from './node-records.js';

interface VouchRow {
  node_id: string;
  submitter_id: string;
  today: boolean;
  total: number;
}

@Injectable()
export class Vouches {
  constructor(private readonly settings: Settings) {}

  /** The events without those agreements that no longer count; what counts is written down. The nodes' rows are locked. */
  async admit(tx: EntityManager, events: RecordedEvent[], countOf: (nodeId: string) => number): Promise<RecordedEvent[]> {
    const pairs = new Map<string, { nodeId: string; submitterId: string }>();
    for (const event of events) {
      if (event.type === 'agreed' && event.submitterId)
        pairs.set(nameOf(event.nodeId, event.submitterId), { nodeId: event.nodeId, submitterId: event.submitterId });
    }
    if (pairs.size === 0) return events;
    const rows: VouchRow[] = await tx.query(
      `SELECT v.node_id, v.submitter_id, v.last_day = (now() AT TIME ZONE 'UTC')::date AS today, v.total
       FROM unnest($1::uuid[], $2::uuid[]) AS i(node_id, submitter_id) JOIN vouches v ON v.node_id = i.node_id AND v.submitter_id = i.submitter_id`,
      [[...pairs.values()].map(({ nodeId }) => nodeId), [...pairs.values()].map(({ submitterId }) => submitterId)],
    );
    const known = new Map(rows.map((row) => [nameOf(row.node_id, row.submitter_id), row]));
    const { submitterFloor, submitterShare } = this.settings.policy.credibility;
    const given = new Map<string, { nodeId: string; submitterId: string; weight: number }>();
    const admitted = events.filter((event) => {
      if (event.type !== 'agreed' || !event.submitterId) return true;
      const name = nameOf(event.nodeId, event.submitterId);
      const before = known.get(name);
      if (before?.today || given.has(name)) return false;
      const most = Math.max(submitterFloor, submitterShare * countOf(event.nodeId));
      if ((before?.total ?? 0) + event.weight > most) return false;
      given.set(name, { nodeId: event.nodeId, submitterId: event.submitterId, weight: event.weight });
      return true;
    });
    await this.write(tx, [...given.values()]);
    return admitted;
  }

  private async write(tx: EntityManager, given: { nodeId: string; submitterId: string; weight: number }[]): Promise<void> {
    if (given.length === 0) return;
    await tx.query(
      `INSERT INTO vouches AS v (node_id, submitter_id, last_day, total)
       SELECT node_id, submitter_id, (now() AT TIME ZONE 'UTC')::date, weight FROM unnest($1::uuid[], $2::uuid[], $3::float8[]) AS i(node_id, submitter_id, weight)
       ORDER BY node_id, submitter_id
       ON CONFLICT (node_id, submitter_id) DO UPDATE SET last_day = excluded.last_day, total = v.total + excluded.total`,
      [given.map(({ nodeId }) => nodeId), given.map(({ submitterId }) => submitterId), given.map(({ weight }) => weight)],
    );
  }
}

const nameOf = (nodeId: string, submitterId: string): string => `${nodeId} ${submitterId}`;
