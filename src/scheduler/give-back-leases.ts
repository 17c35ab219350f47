/** Leases that a node gave back, or lost: they return to the queue. More than two such batches an hour count as a lapse. */
import { Injectable } from '@nestjs/common';
import { Transaction } from '../database/transaction.js';
import type { NodeCaller } from '../http/caller.js';
import { Leases } from '../jobs/leases.js';
import { NodeRecords } from '../nodes/node-records.js';
import { Settings } from '../settings/settings.js';

@Injectable()
export class GiveBackLeases {
  constructor(
    private readonly transaction: Transaction,
    private readonly leases: Leases,
    private readonly nodeRecords: NodeRecords,
    private readonly settings: Settings,
  ) {}

  /** Answers how many leases of open jobs went back. */
  async run(node: NodeCaller, leases: { jobId: string; ownerId: string; token: string }[]): Promise<number> {
    return this.transaction.run(async (tx) => {
      const ended = await this.leases.return(tx, leases);
      const missed = ended.filter((lease) => lease.jobOpen);
      if (missed.length === 0) return 0;
      const batches = await this.leases.countReturn(tx, node.nodeId);
      if (batches > this.settings.policy.reputation.freeReturnsPerHour) {
        const jobId = missed[0]?.jobId as string;
        await this.nodeRecords.apply(tx, [
          { type: 'lapse', nodeId: node.nodeId, at: new Date(), jobId, reason: 'leases given back too often' },
        ]);
      }
      return missed.length;
    });
  }
}
