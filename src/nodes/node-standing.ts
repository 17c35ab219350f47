/** What the scheduler asks of a node that polls: record, availability, where it is, whether it is paused. */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import type { NodeRecord } from '#libs/trust/node-record.js';
import { NodeRecords } from './node-records.js';
import { Presence } from './presence.js';

export interface Standing {
  record: NodeRecord;
  availability: number;
  region: string | null;
  addressRange: string | null;
  paused: boolean;
}

/** A week's mean does not move faster. */
const AVAILABILITY_MS = 30_000;

@Injectable()
export class NodeStanding {
  private readonly availabilities = new LRUCache<string, number>({ max: 20_000, ttl: AVAILABILITY_MS });

  constructor(
    private readonly dataSource: DataSource,
    private readonly nodeRecords: NodeRecords,
    private readonly presence: Presence,
  ) {}

  async of(nodeId: string, declared: { threads: number }): Promise<Standing> {
    const record = (await this.nodeRecords.byIds([nodeId])).get(nodeId);
    if (!record) throw new Error(`node ${nodeId} has no record`);
    if (record.threads !== declared.threads) await this.nodeRecords.setThreads(nodeId, declared.threads);
    const [node]: { region: string | null; address_range: string | null; paused: boolean }[] = await this.dataSource.query(
      'SELECT region, address_range, paused FROM nodes WHERE id = $1',
      [nodeId],
    );
    return {
      record: { ...record, threads: declared.threads },
      availability: await this.availabilityOf(nodeId),
      region: node?.region ?? null,
      addressRange: node?.address_range ?? null,
      paused: node?.paused ?? false,
    };
  }

  private async availabilityOf(nodeId: string): Promise<number> {
    const known = this.availabilities.get(nodeId);
    if (known !== undefined) return known;
    const found = (await this.presence.availability([nodeId])).get(nodeId)?.availability ?? 0;
    this.availabilities.set(nodeId, found);
    return found;
  }
}
