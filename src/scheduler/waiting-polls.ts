/** The long-polls this process holds: one a node. They live in memory only; a process that dies loses no lease, its nodes poll again. */
import type { Stage } from '#libs/trust/node-record.js';
import type { LeaseAnswer } from './lease-answer.js';

export type IdleReason =
  | 'no_demand'
  | 'probation_share'
  | 'quota'
  | 'cooldown'
  | 'region'
  | 'runtime'
  | 'protocol_old'
  | 'suspended'
  | 'paused';

export interface PollAnswer {
  leases: LeaseAnswer[];
  idleReason?: IdleReason;
}

export interface WaitingPoll {
  nodeId: string;
  ownerId: string;
  requestId: string;
  stage: Stage;
  credibility: number;
  reliability: number;
  rank: number;
  quota: number;
  slots: number;
  runtimes: string[];
  region: string | null;
  addressRange: string | null;
  waitingSince: number;
  /** Why the last match passed it over. */
  idleReason: IdleReason;
  answer: (answer: PollAnswer) => void;
}

export class WaitingPolls {
  private readonly byNode = new Map<string, WaitingPoll>();

  get size(): number {
    return this.byNode.size;
  }

  get(nodeId: string): WaitingPoll | undefined {
    return this.byNode.get(nodeId);
  }

  /** A later poll ends an earlier one of the same node, which answers empty. */
  add(poll: WaitingPoll): void {
    this.byNode.get(poll.nodeId)?.answer({ leases: [] });
    this.byNode.set(poll.nodeId, poll);
  }

  /** Takes the poll out, unless a later one of the node has taken its place. */
  remove(poll: WaitingPoll): boolean {
    if (this.byNode.get(poll.nodeId) !== poll) return false;
    return this.byNode.delete(poll.nodeId);
  }

  /** At most `most` polls, drawn evenly where more wait: one match never has to weigh thousands. */
  sample(most: number, random: () => number): WaitingPoll[] {
    const all = [...this.byNode.values()];
    for (let place = 0; place < all.length && place < most && all.length > most; place += 1) {
      const other = place + Math.floor(random() * (all.length - place));
      [all[place], all[other]] = [all[other] as WaitingPoll, all[place] as WaitingPoll];
    }
    return all.slice(0, most);
  }

  drain(): WaitingPoll[] {
    const all = [...this.byNode.values()];
    this.byNode.clear();
    return all;
  }
}
