/** Reads of the public log: its size, checkpoints, tiles, and proofs made of tiles. Nothing here locks, nothing is computed twice. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Frontier } from '#libs/transparency/frontier.js';
import type { Tile } from '#libs/transparency/tile-path.js';
import { consistencyRanges, inclusionRanges } from '#libs/transparency/tree-ranges.js';
import { DomainError, invalidField } from '../../http/domain-error.js';
import { LogTiles } from './log-tiles.js';

export interface StoredCheckpoint {
  size: number;
  root: Buffer;
  /** C2SP tlog-checkpoint, with its signature. */
  note: string;
  signedAt: Date;
}

/** All of one moment. */
export interface LogState {
  size: number;
  /** Of the last sequenced transfer. */
  lastId: bigint;
  /** The hashes of a `Frontier`, one behind the other. */
  frontier: Buffer;
}

/** A leaf's place, or why there is none. */
export type LeafPlace = { state: 'sequenced'; index: number } | { state: 'pending' } | { state: 'unknown' };

export interface InclusionProof {
  transferId: string;
  index: number;
  size: number;
  leafHash: Buffer;
  path: Buffer[];
}

interface CheckpointRow {
  size: string;
  root: Buffer;
  note: string;
  signed_at: Date;
}

const COLUMNS = 'size, root, note, signed_at';

@Injectable()
export class ReadLog {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tiles: LogTiles,
  ) {}

  /** Sequenced leaves, whether a checkpoint covers them yet or not. */
  async size(): Promise<number> {
    return (await this.state()).size;
  }

  async lastSequencedId(): Promise<bigint> {
    return (await this.state()).lastId;
  }

  async state(): Promise<LogState> {
    const [row]: { size: string; last_id: string; frontier: Buffer }[] = await this.dataSource.query(
      'SELECT size, last_id, frontier FROM ledger.log_state',
    );
    return {
      size: Number(row?.size ?? 0),
      lastId: BigInt(row?.last_id ?? 0),
      frontier: row?.frontier ?? Buffer.alloc(0),
    };
  }

  async latestCheckpoint(): Promise<StoredCheckpoint | undefined> {
    return (await this.checkpoints(undefined, 1))[0];
  }

  /** The smallest checkpoint that covers the leaf of this index. */
  async checkpointCovering(index: number): Promise<StoredCheckpoint | undefined> {
    const rows: CheckpointRow[] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM ledger.checkpoints WHERE size > $1 ORDER BY size LIMIT 1`,
      [index],
    );
    return rows.map(checkpointOf)[0];
  }

  /** Newest first. */
  async checkpoints(belowSize: number | undefined, limit: number): Promise<StoredCheckpoint[]> {
    const rows: CheckpointRow[] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM ledger.checkpoints WHERE size < $1 ORDER BY size DESC LIMIT $2`,
      [belowSize ?? Number.MAX_SAFE_INTEGER, limit],
    );
    return rows.map(checkpointOf);
  }

  async placeOf(transferId: bigint): Promise<LeafPlace> {
    const [row]: { index: string | null; known: boolean }[] = await this.dataSource.query(
      `SELECT (SELECT first_index + array_position(transfer_ids, $1::bigint) - 1 FROM ledger.leaves
         WHERE last_id = (SELECT last_id FROM ledger.leaves WHERE last_id >= $1 ORDER BY last_id LIMIT 1) AND first_id <= $1) AS index,
         EXISTS (SELECT 1 FROM ledger.transfers WHERE id = $1) AS known`,
      [transferId],
    );
    if (row && row.index !== null) return { state: 'sequenced', index: Number(row.index) };
    return { state: row?.known ? 'pending' : 'unknown' };
  }

  /**
   * That a transfer is in the tree of `size`; by default the tree of the latest checkpoint, which is what proofs are checked against.
   * @throws DomainError not_found, proof_pending, or naming the size
   */
  async inclusion(transferId: bigint, size?: number): Promise<InclusionProof> {
    const place = await this.placeOf(transferId);
    if (place.state === 'unknown') throw new DomainError('not_found', `there is no transfer ${transferId}`);
    const treeSize = size ?? (await this.latestCheckpoint())?.size ?? 0;
    if (place.state === 'pending' || (size === undefined && place.index >= treeSize))
      throw new DomainError('proof_pending', 'the transfer is posted; a checkpoint will cover it within seconds', {
        retryAfterSeconds: 1,
      });
    const { index } = place;
    if (treeSize <= index) throw invalidField({ parameter: 'size' }, `size must be above the leaf’s index, ${index}`);
    if (size !== undefined) await this.requireSize('size', size);
    const ranges = [{ start: index, end: index + 1 }, ...inclusionRanges(index, treeSize)];
    const [leafHash, ...path] = await this.tiles.roots(ranges, treeSize);
    return { transferId: String(transferId), index, size: treeSize, leafHash: leafHash as Buffer, path };
  }

  /**
   * That the tree of `to` begins with the tree of `from`.
   * @throws DomainError naming the size that is out of range
   */
  async consistency(from: number, to: number): Promise<Buffer[]> {
    await this.requireSize('to', to);
    if (from > to) throw invalidField({ parameter: 'from' }, `from must not be above to, ${to}`);
    return this.tiles.roots(consistencyRanges(from, to), to);
  }

  private async requireSize(parameter: string, size: number): Promise<void> {
    const present = await this.size();
    if (size > present) throw invalidField({ parameter }, `${parameter} must not be above the log’s size, ${present}`);
  }

  /** The root at a size that is there. */
  async rootAt(size: number): Promise<Buffer> {
    if (size === 0) return new Frontier().root();
    return (await this.tiles.roots([{ start: 0, end: size }], size))[0] as Buffer;
  }

  /** Its hashes; undefined where the log is not that far yet. */
  async tile(level: number, index: number, width: number): Promise<Buffer | undefined> {
    return this.tiles.tile({ level, index, width } satisfies Tile);
  }
}

function checkpointOf(row: CheckpointRow): StoredCheckpoint {
  return { size: Number(row.size), root: row.root, note: row.note, signedAt: row.signed_at };
}
