/**
 * What "submit X, serve Y" means for one account now (TRUST.md §6): whether it may submit, how long its nodes must serve for the next
 * job, and all of it in words.
 */
import { formatCredits } from './credits.js';

export interface StandingFacts {
  availableMicro: bigint;
  lineMicro: bigint;
  /** What a job usually holds, or the least that one can. */
  jobMicro: bigint;
  earnedMicro: bigint;
  spentMicro: bigint;
  servedJobs: number;
  submittedJobs: number;
  /** What its nodes earned in an hour online lately; undefined: they have not been online. */
  earnedPerHourMicro: bigint | undefined;
}

export interface Standing {
  debtMicro: bigint;
  /** How many such jobs may still be submitted. */
  jobsLeft: bigint;
  canSubmit: boolean;
  /** Earned per spent, in hundredths; null where nothing was spent. */
  ratio: number | null;
  /** Hours of its nodes until the next job; 0 where it may submit now, null where nobody can say. */
  hoursToServe: number | null;
  explanation: string;
}

export function standingOf(facts: StandingFacts): Standing {
  const { availableMicro, lineMicro, jobMicro, earnedMicro, spentMicro, earnedPerHourMicro } = facts;
  const spendable = availableMicro + lineMicro > 0n ? availableMicro + lineMicro : 0n;
  const missing = jobMicro - availableMicro - lineMicro;
  const canSubmit = missing <= 0n;
  const jobsLeft = spendable / jobMicro;
  const hoursToServe = canSubmit
    ? 0
    : earnedPerHourMicro === undefined || earnedPerHourMicro <= 0n
      ? null
      : Math.ceil((Number(missing) / Number(earnedPerHourMicro)) * 10) / 10;
  const standing = {
    debtMicro: availableMicro < 0n ? -availableMicro : 0n,
    jobsLeft,
    canSubmit,
    ratio: spentMicro === 0n ? null : Number((earnedMicro * 100n) / spentMicro) / 100,
    hoursToServe,
  };
  return { ...standing, explanation: explain(facts, standing, missing) };
}

function explain(facts: StandingFacts, standing: Omit<Standing, 'explanation'>, missing: bigint): string {
  const served =
    `In 30 days this account submitted ${facts.submittedJobs} jobs for ${formatCredits(facts.spentMicro)} CR, and its nodes served ` +
    `${facts.servedJobs} for ${formatCredits(facts.earnedMicro)} CR.`;
  const has =
    standing.debtMicro > 0n
      ? `It owes ${formatCredits(standing.debtMicro)} CR of a credit line of ${formatCredits(facts.lineMicro)} CR.`
      : `It has ${formatCredits(facts.availableMicro)} CR and a credit line of ${formatCredits(facts.lineMicro)} CR.`;
  return `${served} ${has} ${standing.canSubmit ? `That is enough for about ${standing.jobsLeft} more jobs.` : toDo(standing, missing)}`;
}

function toDo({ hoursToServe }: Omit<Standing, 'explanation'>, missing: bigint): string {
  const much = `The next job needs ${formatCredits(missing)} CR more`;
  if (hoursToServe === null)
    return `${much}: start a worker for this account (POST /v1/node-enrolments); serving is what pays for submitting.`;
  return `${much}: about ${hoursToServe} hours of this account's nodes.`;
}
