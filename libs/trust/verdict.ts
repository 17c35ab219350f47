/**
 * The verdict on one job (TRUST.md §1): accept the best group of equal results when the wanted assurance is reached, else one more
 * task where its vote could count, else the referee. Pure: the same situation has the same decision everywhere.
 */
import type { AssuranceName, Policy } from '#libs/policy/policy.js';
import { groupCredibility } from './credibility.js';

export interface Vote {
  /** Votes count once per owner. */
  owner: string;
  node?: string;
  referee: boolean;
  newcomer: boolean;
  logOddsMicro: number;
  outcome: string;
  /** Hex. */
  outputDigest: string;
  fuel: bigint;
  addressRange?: string;
}

export interface Wanted {
  threshold: number;
  /** The referee is enough by itself. */
  minOwners: number;
  refereeRequired: boolean;
}

export interface Situation {
  votes: Vote[];
  /** All leases the job ever had. */
  leases: number;
  /** Owners on whose hosts it failed. */
  hostFailures: number;
  /** Executions that are out or wait in the queue. */
  openExecutions: number;
  /** A participant of an owner who has not had the job answers now. */
  participantElsewhereOnline: boolean;
  refereeAsked: boolean;
  refereeAway: boolean;
  /** A single result may stand: it was leased alone, and cost no more than it was weighed with. */
  aloneAllowed: boolean;
}

export type Decision =
  | { state: 'accepted'; group: Vote[]; others: Vote[]; credibility: number; credibilityMicro: number }
  | { state: 'wait' }
  | { state: 'more'; participantRequired: boolean }
  | { state: 'referee' }
  | { state: 'inconclusive' };

const NAMED: readonly AssuranceName[] = ['fast', 'standard', 'high', 'strict'];

/** A number asks for its threshold; from 0.999 on for three owners, from 0.9999 on for the referee, as the names there do. */
export function wantedOf(assurance: AssuranceName | number, policy: Policy): Wanted {
  if (typeof assurance !== 'number') {
    const { threshold, minOwners, refereeRequired } = policy.assurances[assurance];
    return { threshold, minOwners, refereeRequired };
  }
  const { high, strict } = policy.assurances;
  return {
    threshold: assurance,
    minOwners: assurance >= high.threshold && assurance < strict.threshold ? high.minOwners : 1,
    refereeRequired: assurance >= strict.threshold && strict.refereeRequired,
  };
}

/** R in hundredths; for a number, that of the next name at or above it. */
export function rateOf(assurance: AssuranceName | number, policy: Policy): number {
  if (typeof assurance !== 'number') return policy.assurances[assurance].rateHundredths;
  const name = NAMED.find((named) => policy.assurances[named].threshold >= assurance) ?? 'strict';
  return policy.assurances[name].rateHundredths;
}

export function decide(situation: Situation, wanted: Wanted, policy: Policy): Decision {
  const groups = groupVotes(situation.votes);
  const accepted = acceptedGroup(groups, situation, wanted);
  if (accepted) return accepted;
  if (situation.refereeAsked) return situation.refereeAway ? { state: 'inconclusive' } : { state: 'wait' };
  if (needsReferee(situation, groups, wanted, policy)) return { state: 'referee' };
  if (situation.openExecutions > 0) return { state: 'wait' };
  return { state: 'more', participantRequired: situation.votes.some((vote) => vote.newcomer) };
}

interface Group {
  votes: Vote[];
  log: number;
  referee: boolean;
  /** A participant's or the referee's vote is in it. */
  carried: boolean;
}

function groupVotes(votes: Vote[]): Group[] {
  const groups = new Map<string, Vote[]>();
  const owners = new Set<string>();
  for (const vote of votes) {
    if (owners.has(vote.owner)) continue;
    owners.add(vote.owner);
    const name = `${vote.outcome} ${vote.outputDigest} ${vote.fuel}`;
    groups.set(name, [...(groups.get(name) ?? []), vote]);
  }
  return [...groups.values()].map((group) => ({
    votes: group,
    log: logOf(group),
    referee: group.some((vote) => vote.referee),
    carried: group.some((vote) => vote.referee || !vote.newcomer),
  }));
}

/** The sum of the log-odds; of newcomers only the best one counts. */
function logOf(votes: Vote[]): number {
  const settled = votes.filter((vote) => !vote.newcomer).reduce((sum, vote) => sum + vote.logOddsMicro, 0);
  const newcomers = votes.filter((vote) => vote.newcomer).map((vote) => vote.logOddsMicro);
  return settled + (newcomers.length > 0 ? Math.max(...newcomers) : 0);
}

function acceptedGroup(groups: Group[], situation: Situation, wanted: Wanted): Decision | undefined {
  const logs = groups.map((group) => group.log);
  // The referee's re-execution decides: whatever stands against it is wrong.
  const decisive = groups.findIndex((group) => group.referee);
  const best = decisive >= 0 ? decisive : logs.indexOf(Math.max(...logs));
  const group = groups[best];
  if (!group?.carried) return undefined;
  const credibility = groupCredibility(logs, best);
  if (!group.referee) {
    if (wanted.refereeRequired || credibility < wanted.threshold || group.votes.length < wanted.minOwners) return undefined;
    if (situation.votes.length === 1 && !situation.aloneAllowed) return undefined;
  }
  const others = situation.votes.filter((vote) => !group.votes.includes(vote));
  return { state: 'accepted', group: group.votes, others, credibility, credibilityMicro: group.log };
}

function needsReferee(situation: Situation, groups: Group[], wanted: Wanted, policy: Policy): boolean {
  const { maxExecutions, maxLeases, maxHostFailures } = policy.verdict;
  const executions = situation.votes.filter((vote) => !vote.referee).length;
  if (executions >= maxExecutions || situation.leases >= maxLeases || situation.hostFailures >= maxHostFailures) return true;
  if (situation.openExecutions > 0) return false;
  // Only the referee's vote is missing, and nodes' votes could not replace it.
  if (wanted.refereeRequired && groups.some((group) => group.carried)) return true;
  // A task is made only where its vote could count: beside a newcomer's, only a participant's does.
  return situation.votes.some((vote) => vote.newcomer) && !situation.participantElsewhereOnline;
}
