/**
 * The log's latest checkpoint as heartbeats answer it: read at most once a second, however many nodes beat. A replica may so answer a
 * checkpoint that is a second old; a worker that saw a newer one elsewhere proves the smaller tree to be a prefix.
 */
import { Injectable } from '@nestjs/common';
import { ReadLog } from '../ledger/log/read-log.js';

export interface ShownCheckpoint {
  size: string;
  root: string;
  note: string;
}

const KNOWN_FOR_MS = 1_000;

@Injectable()
export class LatestCheckpoint {
  private known: { at: number; checkpoint: Promise<ShownCheckpoint | null> } | undefined;

  constructor(private readonly readLog: ReadLog) {}

  /** null: nothing was signed yet. */
  current(): Promise<ShownCheckpoint | null> {
    const now = Date.now();
    if (!this.known || now - this.known.at > KNOWN_FOR_MS) {
      const checkpoint = this.read();
      this.known = { at: now, checkpoint };
      checkpoint.catch(() => {
        this.known = undefined;
      });
    }
    return this.known.checkpoint;
  }

  private async read(): Promise<ShownCheckpoint | null> {
    const latest = await this.readLog.latestCheckpoint();
    if (!latest) return null;
    return { size: String(latest.size), root: Buffer.from(latest.root).toString('base64'), note: latest.note };
  }
}
