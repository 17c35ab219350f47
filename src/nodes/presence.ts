/**
 * Who answers. Beats are collected in memory and written in sets, one bit for each half minute: idempotent, whatever replica a node
 * talks to. Time online becomes goodwill here.
 */
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Transaction } from '../database/transaction.js';
import { Settings } from '../settings/settings.js';
import { NodeRecords, type RecordedEvent } from './node-records.js';

const FLUSH_MS = 2_000;
const ONLINE_KNOWN_FOR_MS = 1_000;
const SLOTS = 120;
const SLOT_MS = 30_000;
const HOUR_MS = SLOTS * SLOT_MS;

@Injectable()
export class Presence implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Presence.name);
  /** By node and half minute: the last beat. */
  private beats = new Map<string, { nodeId: string; at: Date }>();
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;
  private online: { at: number; owners: Promise<{ ownerId: string }[]> } | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly transaction: Transaction,
    private readonly nodeRecords: NodeRecords,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.flushSoon(), FLUSH_MS);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flushing;
    await this.flush().catch(() => undefined);
  }

  beat(nodeId: string, at: Date): void {
    this.beats.set(`${nodeId} ${Math.floor(at.getTime() / SLOT_MS)}`, { nodeId, at });
  }

  /** A graceful exit: nobody waits for this node any more. */
  async leave(nodeId: string): Promise<void> {
    for (const [name, beat] of this.beats) if (beat.nodeId === nodeId) this.beats.delete(name);
    await this.flushing;
    await this.dataSource.query(
      `UPDATE presence_hours SET last_beat_at = last_beat_at - interval '1 hour' WHERE node_id = $1 AND hour >= date_trunc('hour', now()) - interval '1 hour'`,
      [nodeId],
    );
    this.online = undefined;
  }

  /** Owners with a participant node that has answered within the last three beats. */
  participantsOnline(): Promise<{ ownerId: string }[]> {
    const now = Date.now();
    if (!this.online || now - this.online.at > ONLINE_KNOWN_FOR_MS) {
      const owners = this.readOnline();
      this.online = { at: now, owners };
      owners.catch(() => {
        this.online = undefined;
      });
    }
    return this.online.owners;
  }

  private async readOnline(): Promise<{ ownerId: string }[]> {
    const { beatMs, missedBeatsUntilStale } = this.settings.policy.presence;
    const rows: { owner_id: string }[] = await this.dataSource.query(
      `SELECT DISTINCT r.owner_id FROM presence_hours p JOIN node_records r ON r.node_id = p.node_id JOIN nodes n ON n.id = p.node_id
       WHERE p.hour >= date_trunc('hour', now()) - interval '1 hour' AND p.last_beat_at > now() - $1 * interval '1 millisecond'
         AND r.stage = 'participant' AND NOT n.paused AND n.revoked_at IS NULL AND (r.cooldown_until IS NULL OR r.cooldown_until < now())`,
      [beatMs * missedBeatsUntilStale],
    );
    return rows.map((row) => ({ ownerId: row.owner_id }));
  }

  /** Answered share of the expected beats, mean over the hours of a week. */
  async availability(nodeIds: string[]): Promise<Map<string, { availability: number; lastSeenAt: Date | null }>> {
    const { windowMs } = this.settings.policy.presence;
    const rows: { node_id: string; availability: number | null; last_seen_at: Date | null }[] = await this.dataSource.query(
      `SELECT n.id AS node_id, max(p.last_beat_at) AS last_seen_at,
         sum(bit_count(p.beats))::float8 / greatest(1, ceil(extract(epoch FROM now() - greatest(n.created_at, now() - $2 * interval '1 millisecond')) / 30)) AS availability
       FROM nodes n LEFT JOIN presence_hours p ON p.node_id = n.id AND p.hour > now() - $2 * interval '1 millisecond'
       WHERE n.id = ANY ($1::uuid[]) GROUP BY n.id, n.created_at`,
      [nodeIds, windowMs],
    );
    return new Map(
      rows.map((row) => [row.node_id, { availability: Math.min(1, row.availability ?? 0), lastSeenAt: row.last_seen_at }]),
    );
  }

  private flushSoon(): void {
    this.flushing ??= this.flush()
      .catch((error: unknown) =>
        this.logger.warn(`beats are kept for later: ${error instanceof Error ? error.message : String(error)}`),
      )
      .finally(() => {
        this.flushing = undefined;
      });
  }

  private async flush(): Promise<void> {
    if (this.beats.size === 0) return;
    const beats = this.beats;
    this.beats = new Map();
    try {
      await this.transaction.run(async (tx) => {
        const rows = [...beats.values()].sort((one, other) =>
          one.nodeId < other.nodeId ? -1 : one.nodeId > other.nodeId ? 1 : one.at.getTime() - other.at.getTime(),
        );
        // Which half minutes nobody had written yet: these are new time online.
        const fresh: { node_id: string; range: string | null; owner_id: string; slot: string }[] = [];
        for (const { nodeId, at } of rows) {
          const slot = Math.floor((at.getTime() % HOUR_MS) / SLOT_MS);
          const found = await tx.query(
            `WITH before AS (SELECT beats FROM presence_hours WHERE node_id = $1 AND hour = date_trunc('hour', $2::timestamptz) FOR UPDATE),
             written AS (
               INSERT INTO presence_hours AS p (node_id, hour, beats, last_beat_at) VALUES ($1, date_trunc('hour', $2::timestamptz), set_bit(0::bit(120), $3, 1), $2)
               ON CONFLICT (node_id, hour) DO UPDATE SET beats = p.beats | excluded.beats, last_beat_at = greatest(p.last_beat_at, excluded.last_beat_at)
             )
             SELECT n.id AS node_id, n.account_id AS owner_id, n.address_range AS range FROM nodes n
             WHERE n.id = $1 AND coalesce((SELECT get_bit(beats, $3) FROM before), 0) = 0`,
            [nodeId, at, slot],
          );
          for (const row of found) fresh.push({ ...row, slot: `${Math.floor(at.getTime() / SLOT_MS)}` });
        }
        await this.nodeRecords.apply(tx, minutesOnline(fresh));
      });
    } catch (error) {
      // Beats that came meanwhile are newer: they win.
      this.beats = new Map([...beats, ...this.beats]);
      throw error;
    }
  }
}

/** Goodwill is counted per owner's address range: machines side by side earn it once. */
function minutesOnline(fresh: { node_id: string; owner_id: string; range: string | null; slot: string }[]): RecordedEvent[] {
  const counted = new Set<string>();
  const events: RecordedEvent[] = [];
  for (const { node_id: nodeId, owner_id: owner, range, slot } of fresh) {
    const name = range === null ? `${nodeId} ${slot}` : `${owner} ${range} ${slot}`;
    if (counted.has(name)) continue;
    counted.add(name);
    events.push({ type: 'minutes_online', minutes: SLOT_MS / 60_000, nodeId, at: new Date() });
  }
  return events;
}
