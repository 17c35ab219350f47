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

/** What a volunteer is told about it. */
export const idleWords: Readonly<Record<IdleReason, string>> = {
  no_demand: 'nobody has work at the moment',
  probation_share: 'newcomers have their share of the work; it grows with time online and checked results',
  quota: 'as many leases as this node may have are out; each success allows one more',
  cooldown: 'too many leases lapsed lately; the node page says until when',
  region: 'the waiting work is for other regions',
  runtime: 'the waiting work needs a runtime that this worker does not have; update it',
  protocol_old: 'this worker speaks an old protocol; update it',
  suspended: 'this node is suspended or retired; the node page says why',
  paused: 'the owner has paused this node',
};

export interface PollAnswer {
  leases: LeaseAnswer[];
  idleReason?: IdleReason;
  /** The reason in words. */
  idleDetail?: string;
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

  /** Ends the node's poll with an empty answer: no match may give it anything any more. */
  end(nodeId: string): void {
    const poll = this.byNode.get(nodeId);
    this.byNode.delete(nodeId);
    poll?.answer({ leases: [] });
  }

  /** A later poll ends an earlier one of the same node, which answers empty. */
  add(poll: WaitingPoll): void {
    this.end(poll.nodeId);
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
