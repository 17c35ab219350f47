/** Makes jobs final: one outcome row each, in the transaction that settles them; then tells whoever waits, after the commit. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Outbox } from '../database/outbox.js';
import { type FinalStatus, statusCode } from './result-codes.js';

export interface JobOutcome {
  jobId: string;
  accountId: string;
  status: FinalStatus;
  /** The agreed outcome's code; null where nothing was agreed on. */
  outcome: number | null;
  executions: number;
  referee: boolean;
  selfExecuted: boolean;
  /** Credibility in millionths; null where there was no vote. */
  credibilityPpm: number | null;
  fuel: bigint | null;
  unitMicro: bigint | null;
  chargedMicro: bigint;
  startedAt: Date | null;
  runEndedAt: Date | null;
  outputDigest: Buffer | null;
  errorKind: string | null;
}

@Injectable()
export class FinishJobs {
  constructor(private readonly outbox: Outbox) {}

  /** The caller has locked the jobs' open rows. A job that is not open any more is an error: it would be settled twice. */
  async run(tx: EntityManager, outcomes: JobOutcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const of = <T>(column: (outcome: JobOutcome) => T): T[] => outcomes.map(column);
    await tx.query('SELECT finish_jobs($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)', [
      of(({ jobId }) => jobId),
      of(({ status }) => statusCode(status)),
      of(({ outcome }) => outcome),
      of(({ executions }) => executions),
      of(({ referee }) => referee),
      of(({ selfExecuted }) => selfExecuted),
      of(({ credibilityPpm }) => credibilityPpm),
      of(({ fuel }) => fuel),
      of(({ unitMicro }) => unitMicro),
      of(({ chargedMicro }) => chargedMicro),
      of(({ startedAt }) => startedAt),
      of(({ runEndedAt }) => runEndedAt),
      of(({ outputDigest }) => outputDigest),
      of(({ errorKind }) => errorKind),
    ]);
    await this.outbox.append(
      tx,
      outcomes.map(({ jobId, accountId, status }) => ({ event: `job.${status}`, accountId, subjectId: jobId })),
    );
  }
}
