/** Turns a job's rows into what the pure rules of libs/trust decide on. */
import type { Situation, Vote } from '#libs/trust/verdict.js';
import type { OpenJob } from '../jobs/open-jobs.js';
import { endingName, isHostFailureCode, isOutcomeCode } from '../jobs/result-codes.js';
import { type JobResult, REFEREE_OWNER } from '../jobs/results.js';

export interface JobRows {
  job: OpenJob;
  results: JobResult[];
}

export interface Surroundings {
  /** Owners with a participant node that answers now. */
  participantOwners: ReadonlySet<string>;
  refereeAway: boolean;
}

export function votesOf(results: JobResult[]): Vote[] {
  return results.filter((result) => isOutcomeCode(result.ended)).map(voteOf);
}

export function voteOf(result: JobResult): Vote {
  const referee = result.ownerId === REFEREE_OWNER;
  return {
    owner: result.ownerId,
    ...(result.nodeId === null ? {} : { node: result.nodeId }),
    referee,
    newcomer: result.newcomer,
    logOddsMicro: result.logOddsMicro,
    outcome: endingName(result.ended),
    outputDigest: result.outputDigest?.toString('hex') ?? '',
    fuel: result.fuel ?? 0n,
    ...(result.addressRange === null ? {} : { addressRange: result.addressRange }),
  };
}

/** Who may still be given the job: a participant of another owner than the submitter and those who had it. */
export function participantElsewhere({ job, results }: JobRows, participantOwners: ReadonlySet<string>): boolean {
  const taken = new Set(results.map((result) => result.ownerId));
  for (const owner of participantOwners) if (owner !== job.accountId && !taken.has(owner)) return true;
  return false;
}

export function situationOf(rows: JobRows, aloneAllowed: boolean, around: Surroundings): Situation {
  const { job, results } = rows;
  const ofNodes = results.filter((result) => result.nodeId !== null);
  return {
    votes: votesOf(results),
    leases: ofNodes.length + job.openLeases,
    hostFailures: ofNodes.filter((result) => isHostFailureCode(result.ended)).length,
    openExecutions: job.openLeases + job.readyOpen,
    participantElsewhereOnline: participantElsewhere(rows, around.participantOwners),
    refereeAsked: job.refereeAskedAt !== null,
    refereeAway: around.refereeAway,
    aloneAllowed,
  };
}

export function refereeResultOf(results: JobResult[]): JobResult | undefined {
  return results.find((result) => result.ownerId === REFEREE_OWNER);
}
