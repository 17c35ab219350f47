/**
 * Volunteers as witnesses: what each node says of the public log in its signed heartbeat is kept and published, so that two nodes
 * which were shown different logs contradict each other in public. Collected in memory and written in sets; a word that is lost with
 * this process is said again at the next beat.
 * A node that names a checkpoint which our log never signed is an alarm: this log was rolled back or forked, or the node lies.
 */
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import type { NodeCaller } from '../http/caller.js';
import { Metrics } from '../http/metrics.js';
import type { SignedRequestRecord } from './signed-request.js';

export interface SeenCheckpoint {
  size: bigint;
  root: Buffer;
}

export interface Cosignature extends SeenCheckpoint {
  nodeId: string;
  publicKey: Buffer;
  at: Date;
  /** The heartbeat that carried it; null: too large to keep. */
  request: SignedRequestRecord | null;
}

export interface KeptCosignature extends Cosignature {
  hour: Date;
  /** Our log signed this size with this root. */
  known: boolean;
}

const FLUSH_MS = 1_000;
const LOGGED_AT_ONCE = 10;

@Injectable()
export class Cosignatures implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** How often a node named a checkpoint that our log never signed, since this process began. */
  unknownCheckpoints = 0;
  private readonly logger = new Logger(Cosignatures.name);
  private waiting = new Map<string, Cosignature>();
  /** What each node said last: most beats say nothing new. */
  private readonly last = new LRUCache<string, string>({ max: 20_000 });
  private readonly alarmed = new LRUCache<string, number>({ max: 20_000 });
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly metrics: Metrics,
  ) {}

  onApplicationBootstrap(): void {
    this.metrics.gauge(
      'log_unknown_checkpoints_total',
      'How often a node named a checkpoint that this log never signed, since this process began',
      () => [{ value: this.unknownCheckpoints }],
    );
    this.timer = setInterval(() => this.flushSoon(), FLUSH_MS);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flushing;
    await this.flush().catch(() => undefined);
  }

  /** `request` is asked for only where there is something new to keep. */
  add(node: NodeCaller, seen: SeenCheckpoint, request: () => SignedRequestRecord | null, at = new Date()): void {
    const said = `${at.toISOString().slice(0, 13)} ${seen.size} ${seen.root.toString('base64')}`;
    if (this.last.get(node.nodeId) === said) return;
    this.last.set(node.nodeId, said);
    this.waiting.set(node.nodeId, { ...seen, nodeId: node.nodeId, publicKey: node.publicKey, at, request: request() });
  }

  /** Newest hours first. */
  async page(after: { hour: string; nodeId: string; known: boolean } | undefined, limit: number): Promise<KeptCosignature[]> {
    const rows: Row[] = await this.dataSource.query(
      `SELECT * FROM cosignatures WHERE $1::timestamptz IS NULL OR (hour, node_id, known) < ($1, $2::uuid, $3)
       ORDER BY hour DESC, node_id DESC, known DESC LIMIT $4`,
      [after?.hour ?? null, after?.nodeId ?? null, after?.known ?? null, limit],
    );
    return rows.map(keptOf);
  }

  async flush(): Promise<void> {
    if (this.waiting.size === 0) return;
    const batch = this.waiting;
    this.waiting = new Map();
    try {
      this.alarm(await this.write([...batch.values()]));
    } catch (error) {
      // What was said meanwhile is newer: it wins.
      this.waiting = new Map([...batch, ...this.waiting]);
      throw error;
    }
  }

  private async write(batch: Cosignature[]): Promise<Row[]> {
    const of = <T>(column: (cosignature: Cosignature) => T): T[] => batch.map(column);
    return this.dataSource.query(WRITE, [
      of(({ nodeId }) => nodeId),
      of(({ size }) => size.toString()),
      of(({ root }) => root),
      of(({ at }) => at),
      of(({ publicKey }) => publicKey),
      of(({ request }) => (request === null ? null : JSON.stringify(request))),
    ]);
  }

  private alarm(written: Row[]): void {
    const unknown = written.filter(({ known }) => !known);
    this.unknownCheckpoints += unknown.length;
    // Once a node and hour: a node that lies at every beat shall not fill the log.
    const fresh = unknown.filter((row) => this.alarmed.get(row.node_id) !== row.hour.getTime()).slice(0, LOGGED_AT_ONCE);
    for (const row of fresh) {
      this.alarmed.set(row.node_id, row.hour.getTime());
      this.logger.error(
        `node ${row.node_id} holds a checkpoint that this log never signed: size ${row.size}, root ${row.root.toString('base64')}`,
      );
    }
  }

  private flushSoon(): void {
    this.flushing ??= this.flush()
      .catch((error: unknown) =>
        this.logger.warn(`cosignatures are kept for later: ${error instanceof Error ? error.message : String(error)}`),
      )
      .finally(() => {
        this.flushing = undefined;
      });
  }
}

interface Row {
  hour: Date;
  node_id: string;
  known: boolean;
  size: string;
  root: Buffer;
  at: Date;
  public_key: Buffer;
  request: SignedRequestRecord | null;
}

/** In the order of the nodes, as any two replicas do. */
const WRITE = `
  INSERT INTO cosignatures AS c (hour, node_id, known, size, root, at, public_key, request)
  SELECT date_trunc('hour', i.at), i.node, k.size IS NOT NULL, i.size, i.root, i.at, i.key, i.request
  FROM unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::timestamptz[], $5::bytea[], $6::jsonb[]) AS i(node, size, root, at, key, request)
  LEFT JOIN ledger.checkpoints k ON k.size = i.size AND k.root = i.root
  ORDER BY i.node
  ON CONFLICT (hour, node_id, known) DO UPDATE
  SET size = excluded.size, root = excluded.root, at = excluded.at, public_key = excluded.public_key, request = excluded.request
  WHERE c.at < excluded.at
  RETURNING c.*`;

const keptOf = (row: Row): KeptCosignature => ({
  hour: row.hour,
  nodeId: row.node_id,
  known: row.known,
  size: BigInt(row.size),
  root: row.root,
  at: row.at,
  publicKey: row.public_key,
  request: row.request,
});
