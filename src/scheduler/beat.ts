/** A heartbeat: the node answers, and learns which of its leases nobody needs any more. */
import { Injectable } from '@nestjs/common';
import { encodeId } from '#libs/signing/ids.js';
import { Transaction } from '../database/transaction.js';
import type { NodeCaller } from '../http/caller.js';
import { Leases } from '../jobs/leases.js';
import { Presence } from '../nodes/presence.js';

export interface BeatAnswer {
  cancel: string[];
  /** null until the grid keeps a public log. */
  checkpoint: null;
}

@Injectable()
export class Beat {
  constructor(
    private readonly transaction: Transaction,
    private readonly leases: Leases,
    private readonly presence: Presence,
  ) {}

  async run(node: NodeCaller, running: string[]): Promise<BeatAnswer> {
    this.presence.beat(node.nodeId, new Date());
    if (running.length === 0) return { cancel: [], checkpoint: null };
    const open = await this.transaction.run((tx) => this.leases.ofNode(tx, node));
    const useful = new Set(open.filter((lease) => lease.jobOpen).map((lease) => lease.leaseId));
    return {
      cancel: running.filter((leaseId) => !useful.has(leaseId)).map((leaseId) => encodeId('lease', leaseId)),
      checkpoint: null,
    };
  }
}
