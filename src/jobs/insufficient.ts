/** The 402: what is owed, what there is to pay it with, and how to come by more. */
import { formatCredits } from '#libs/credits/credits.js';
import { DomainError } from '../http/domain-error.js';

/** @param availableMicro below zero where the account is in debt already */
export function insufficient(dueMicro: bigint, availableMicro: bigint, lineMicro: bigint): DomainError {
  const missingMicro = dueMicro - availableMicro - lineMicro;
  const line =
    lineMicro > 0n
      ? `a credit line of ${formatCredits(lineMicro)} CR`
      : 'no credit line (the first begins with the first checked result of an own node)';
  return new DomainError(
    'insufficient_credits',
    `This submission holds ${formatCredits(dueMicro)} CR; ${formatCredits(availableMicro)} CR are available, with ${line}: ` +
      `${formatCredits(missingMicro)} CR are missing. Earn credits by running a worker for this account ` +
      '(POST /v1/node-enrolments), lower fuelLimit or the function’s maxOutputBytes, or wait for open jobs to return their holds.',
    {
      extension: {
        neededMicro: dueMicro.toString(),
        availableMicro: availableMicro.toString(),
        creditLineMicro: lineMicro.toString(),
        missingMicro: missingMicro.toString(),
      },
    },
  );
}
