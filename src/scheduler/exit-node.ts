/** A graceful exit: what the node names goes back to the queue without a lapse. */
import { Injectable } from '@nestjs/common';
import { Transaction } from '../database/transaction.js';
import type { NodeCaller } from '../http/caller.js';
import { Leases } from '../jobs/leases.js';
import { Presence } from '../nodes/presence.js';
import { GiveBackLeases } from './give-back-leases.js';
import { Matcher } from './matcher.js';

@Injectable()
export class ExitNode {
  constructor(
    private readonly transaction: Transaction,
    private readonly leases: Leases,
    private readonly giveBack: GiveBackLeases,
    private readonly presence: Presence,
    private readonly matcher: Matcher,
  ) {}

  async run(node: NodeCaller, returned: string[]): Promise<{ returned: number }> {
    // No answer may hand out work to a node that is leaving.
    this.matcher.polls.end(node.nodeId);
    const named = new Set(returned);
    const open = await this.transaction.run((tx) => this.leases.ofNode(tx, node));
    const given = open.filter((lease) => named.has(lease.leaseId));
    const count = given.length > 0 ? await this.giveBack.run(node, given) : 0;
    await this.presence.leave(node.nodeId);
    return { returned: count };
  }
}
