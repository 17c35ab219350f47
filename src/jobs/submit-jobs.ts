/**
 * Submits a set of submissions in ONE transaction: idempotency rows, lanes, jobs, ledger holds. Nothing leaves before the commit.
 *
 * Each submission has an outcome of its own. Balances are read unlocked first, so that most refusals cost nothing; if the posting
 * still refuses one (its payer was quicker elsewhere), the transaction rolls back and runs again without it, and the refused
 * request keeps no key.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { formatCredits } from '#libs/credits/credits.js';
import { CreditLines } from '../accounts/credit-lines.js';
import { KeySpending } from '../accounts/key-spending.js';
import { Transaction } from '../database/transaction.js';
import { DomainError } from '../http/domain-error.js';
import { Idempotency } from '../http/idempotency.js';
import { Ledger, type PostOutcome, type TransferRequest } from '../ledger/ledger.js';
import { Hints } from '../queue/hints.js';
import { insufficient } from './insufficient.js';
import { holdOf, insertSubmissions } from './job-rows.js';
import type { Submission, SubmissionOutcome } from './new-job.js';

const HOLD_ALARM_MS = 3_600_000;

/** Thrown to roll back a set in which some holds were refused. */
class HoldsRefused extends Error {
  constructor(readonly refused: Map<Submission, DomainError>) {
    super('holds refused');
  }
}

@Injectable()
export class SubmitJobs {
  constructor(
    private readonly transaction: Transaction,
    private readonly idempotency: Idempotency,
    private readonly keySpending: KeySpending,
    private readonly ledger: Ledger,
    private readonly creditLines: CreditLines,
    private readonly hints: Hints,
  ) {}

  async run(submissions: Submission[]): Promise<SubmissionOutcome[]> {
    const outcomes = new Map<Submission, SubmissionOutcome>();
    const { first, repeated } = splitRepeatedKeys(submissions);
    const lines = await this.refuseUnpayable(first, outcomes);
    let candidates = first.filter((submission) => !outcomes.has(submission));
    while (candidates.length > 0) {
      try {
        const settled = await this.transaction.run((tx) => this.submitSet(tx, candidates, lines));
        for (const [submission, outcome] of settled) outcomes.set(submission, outcome);
        break;
      } catch (error) {
        if (!(error instanceof HoldsRefused)) throw error;
        for (const [submission, refusal] of error.refused) outcomes.set(submission, { state: 'refused', error: refusal });
        candidates = candidates.filter((submission) => !outcomes.has(submission));
      }
    }
    this.hints.send('ready');
    if (repeated.length > 0) {
      const later = await this.run(repeated);
      repeated.forEach((submission, place) => {
        outcomes.set(submission, later[place] as SubmissionOutcome);
      });
    }
    return submissions.map((submission) => outcomes.get(submission) as SubmissionOutcome);
  }

  private async submitSet(
    tx: EntityManager,
    submissions: Submission[],
    lines: ReadonlyMap<string, bigint>,
  ): Promise<Map<Submission, SubmissionOutcome>> {
    const outcomes = await this.claimKeys(tx, submissions);
    const fresh = submissions.filter((submission) => !outcomes.has(submission));
    if (fresh.length === 0) return outcomes;
    await this.chargeCappedKeys(tx, fresh);
    await insertSubmissions(tx, fresh);
    const paying = fresh.filter((submission) => holdOf(submission) > 0n);
    const lineOf = ({ accountId }: Submission): bigint => lines.get(accountId) ?? 0n;
    const holds = paying.map((submission) => holdTransfer(submission, lineOf(submission)));
    const posted = paying.length > 0 ? await this.ledger.post(tx, holds) : [];
    const refused = refusals(paying, posted, lineOf);
    if (refused.size > 0) throw new HoldsRefused(refused);
    for (const submission of fresh) outcomes.set(submission, { state: 'accepted' });
    return outcomes;
  }

  private async claimKeys(tx: EntityManager, submissions: Submission[]): Promise<Map<Submission, SubmissionOutcome>> {
    const outcomes = new Map<Submission, SubmissionOutcome>();
    const keyed = submissions.filter((submission) => submission.idempotency !== undefined);
    if (keyed.length === 0) return outcomes;
    const claims = await this.idempotency.claimAll(
      tx,
      keyed.map((submission) => {
        const { route, key, bodyHash } = submission.idempotency as NonNullable<Submission['idempotency']>;
        return { scope: submission.accountId, route, key, bodyHash, resource: resourceOf(submission) };
      }),
    );
    keyed.forEach((submission, place) => {
      const claim = claims[place];
      if (claim?.state === 'replay') outcomes.set(submission, { state: 'replay', resource: claim.resource });
      if (claim?.state === 'conflict') outcomes.set(submission, { state: 'refused', error: claim.error });
    });
    return outcomes;
  }

  /** Keys with a daily cap are few: one statement each. */
  private async chargeCappedKeys(tx: EntityManager, submissions: Submission[]): Promise<void> {
    const refused = new Map<Submission, DomainError>();
    for (const submission of submissions) {
      const { keyId, spendCapMicro: capMicro } = submission;
      if (capMicro === null || (await this.keySpending.add(tx, { keyId, holdMicro: holdOf(submission), capMicro }))) continue;
      refused.set(
        submission,
        new DomainError(
          'insufficient_credits',
          `this key may have ${formatCredits(capMicro)} CR held a day (UTC), and they are used`,
        ),
      );
    }
    if (refused.size > 0) throw new HoldsRefused(refused);
  }

  /**
   * The cheap look before any lock: an account that cannot pay is told so without a transaction.
   * @returns how far each account may go below zero
   */
  private async refuseUnpayable(
    submissions: Submission[],
    outcomes: Map<Submission, SubmissionOutcome>,
  ): Promise<ReadonlyMap<string, bigint>> {
    const owners = [...new Set(submissions.map((submission) => submission.accountId))];
    const [balances, lines] = await Promise.all([this.ledger.balances(owners), this.creditLines.of(owners)]);
    const left = new Map(owners.map((owner) => [owner, balances.get(owner)?.availableMicro ?? 0n]));
    for (const submission of submissions) {
      const due = holdOf(submission);
      const available = left.get(submission.accountId) ?? 0n;
      const line = lines.get(submission.accountId) ?? 0n;
      if (due <= available + line) left.set(submission.accountId, available - due);
      else if (!submission.idempotency || !(await this.isKnown(submission))) {
        outcomes.set(submission, { state: 'refused', error: insufficient(due, available, line) });
      }
    }
    return lines;
  }

  /** A replay is answered even where the balance is gone by now: it was this very submission that held it. */
  private isKnown(submission: Submission): Promise<boolean> {
    const { route, key } = submission.idempotency as NonNullable<Submission['idempotency']>;
    return this.idempotency.isKnown({ scope: submission.accountId, route, key });
  }
}

/** What an idempotency key leads back to: the batch, or the one job. */
export function resourceOf(submission: Submission): string {
  return submission.batch ? submission.id : (submission.jobs[0]?.id ?? submission.id);
}

function holdTransfer(submission: Submission, lineMicro: bigint): TransferRequest {
  const amount = holdOf(submission);
  return {
    kind: 'hold',
    reference: submission.id,
    ordinal: 0n,
    hold: { id: submission.id, open: amount, alarmAt: alarmOf(submission) },
    legs: [
      { balance: { code: 'available', owner: submission.accountId }, amountMicro: -amount, floorMicro: -lineMicro },
      { balance: { code: 'held', owner: submission.accountId }, amountMicro: amount },
    ],
  };
}

/** A hold does not expire, its jobs do: an hour after the last deadline none of it should be left. */
function alarmOf({ jobs }: Submission): Date {
  return new Date(jobs.reduce((latest, { deadlineAt }) => Math.max(latest, deadlineAt.getTime()), 0) + HOLD_ALARM_MS);
}

function refusals(
  submissions: Submission[],
  posted: PostOutcome[],
  lineOf: (submission: Submission) => bigint,
): Map<Submission, DomainError> {
  const refused = new Map<Submission, DomainError>();
  submissions.forEach((submission, place) => {
    const outcome = posted[place];
    if (outcome?.state !== 'refused') return;
    const due = holdOf(submission);
    refused.set(
      submission,
      outcome.code === 'insufficient_credits'
        ? insufficient(due, due - (outcome.shortMicro ?? due) - lineOf(submission), lineOf(submission))
        : new DomainError(outcome.code === 'account_frozen' ? 'account_frozen' : 'conflict', outcome.detail),
    );
  });
  return refused;
}

/** The same key twice in one set: the later ones run after the first has its outcome, as if they had come a moment later. */
function splitRepeatedKeys(submissions: Submission[]): { first: Submission[]; repeated: Submission[] } {
  const seen = new Set<string>();
  const first: Submission[] = [];
  const repeated: Submission[] = [];
  for (const submission of submissions) {
    const { idempotency, accountId } = submission;
    const name = idempotency ? `${accountId}\n${idempotency.route}\n${idempotency.key}` : submission.id;
    (seen.has(name) ? repeated : first).push(submission);
    seen.add(name);
  }
  return { first, repeated };
}
