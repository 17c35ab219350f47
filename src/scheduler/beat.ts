/**
 * A heartbeat: the node answers, learns which of its leases nobody needs any more, and is shown the public log's latest checkpoint;
 * what it says of the one before, under its signature, is kept.
 */
import { Injectable } from '@nestjs/common';
import { encodeId } from '#libs/signing/ids.js';
import { Transaction } from '../database/transaction.js';
import type { NodeCaller } from '../http/caller.js';
import { Leases } from '../jobs/leases.js';
import { Cosignatures, type SeenCheckpoint } from '../nodes/cosignatures.js';
import { Presence } from '../nodes/presence.js';
import type { SignedRequestRecord } from '../nodes/signed-request.js';
import { LatestCheckpoint, type ShownCheckpoint } from './latest-checkpoint.js';

export interface BeatAnswer {
  cancel: string[];
  checkpoint: ShownCheckpoint | null;
}

export interface BeatWords {
  running: string[];
  /** The last checkpoint that the node has verified. */
  seen: SeenCheckpoint | undefined;
  /** The request that says so, as it was signed. */
  request: () => SignedRequestRecord | null;
}

@Injectable()
export class Beat {
  constructor(
    private readonly transaction: Transaction,
    private readonly leases: Leases,
    private readonly presence: Presence,
    private readonly cosignatures: Cosignatures,
    private readonly latestCheckpoint: LatestCheckpoint,
  ) {}

  async run(node: NodeCaller, { running, seen, request }: BeatWords): Promise<BeatAnswer> {
    this.presence.beat(node.nodeId, new Date());
    if (seen) this.cosignatures.add(node, seen, request);
    const [cancel, checkpoint] = await Promise.all([this.useless(node, running), this.latestCheckpoint.current()]);
    return { cancel, checkpoint };
  }

  private async useless(node: NodeCaller, running: string[]): Promise<string[]> {
    if (running.length === 0) return [];
    const open = await this.transaction.run((tx) => this.leases.ofNode(tx, node));
    const useful = new Set(open.filter((lease) => lease.jobOpen).map((lease) => lease.leaseId));
    return running.filter((leaseId) => !useful.has(leaseId)).map((leaseId) => encodeId('lease', leaseId));
  }
}
