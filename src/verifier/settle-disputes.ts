/**
 * After delivery: the referee has looked at a job whose results differed. Who differs from it is proven wrong and slashed; who
 * agrees is confirmed. Where the delivered result itself was wrong, the job keeps its status and gets a correction (revision 2),
 * and the submitter is compensated from insurance; the settle is never reversed.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { formatDigest } from '#libs/signing/digest.js';
import { Outbox } from '../database/outbox.js';
import { type VersionFacts, Versions } from '../functions/versions.js';
import { CorrectJobs } from '../jobs/correct-jobs.js';
import { isHostFailureCode, outcomeName } from '../jobs/result-codes.js';
import { type JobResult, REFEREE_OWNER } from '../jobs/results.js';
import { Ledger, type TransferRequest } from '../ledger/ledger.js';
import type { FinishedRun } from '../referee/referee-runs.js';
import { Settings } from '../settings/settings.js';
import { MedianUnit } from './median-unit.js';
import type { AcceptanceContext } from './plan-acceptance.js';
import { planSlash } from './plan-slash.js';
import { Purse } from './purse.js';
import { evidenceOf, type SettledFacts } from './receipt-fields.js';
import type { SettledJob } from './settled-jobs.js';
import { SettledJobs } from './settled-jobs.js';
import type { SettlementPlan } from './settlement-plan.js';
import { type Claims, claimsOf } from './slash.js';

@Injectable()
export class SettleDisputes {
  constructor(
    private readonly settledJobs: SettledJobs,
    private readonly correctJobs: CorrectJobs,
    private readonly versions: Versions,
    private readonly ledger: Ledger,
    private readonly outbox: Outbox,
    private readonly medianUnit: MedianUnit,
    private readonly settings: Settings,
  ) {}

  /**
   * The referee's results of these jobs are recorded already.
   * @param first those on which the referee had not spoken before; of the others only a wrong result that came since is judged, so that
   * nobody is punished or confirmed twice for one result
   */
  async plan(tx: EntityManager, runs: FinishedRun[], plan: SettlementPlan, first: ReadonlySet<string>): Promise<void> {
    const jobs = await this.settledJobs.read(
      tx,
      runs.map(({ subject }) => subject),
    );
    const versions = await this.versions.byIds([...new Set([...jobs.values()].map(({ versionId }) => versionId))]);
    const owners = [...jobs.values()].flatMap(({ results }) =>
      results.filter(({ nodeId }) => nodeId).map(({ ownerId }) => ownerId),
    );
    const [balances, system] = await Promise.all([this.ledger.balances([...new Set(owners)]), this.ledger.systemBalances()]);
    const purse = new Purse({ ...system, stakes: new Map([...balances].map(([owner, { stakeMicro }]) => [owner, stakeMicro])) });
    for (const job of jobs.values()) {
      const version = versions.get(job.versionId);
      if (!version) continue;
      const judged = first.has(job.jobId) ? undefined : await this.judgedNodes(tx, job.jobId);
      await this.planJob(tx, { job, judged }, this.contextOf(version), purse, plan);
    }
  }

  private async planJob(
    tx: EntityManager,
    { job, judged }: Disputed,
    context: AcceptanceContext,
    purse: Purse,
    plan: SettlementPlan,
  ): Promise<void> {
    const truth = job.results.find((result) => result.ownerId === REFEREE_OWNER);
    if (!truth || isHostFailureCode(truth.ended)) return;
    const said = job.results.filter((result) => result.nodeId !== null && result.ended <= 8);
    const right = said.filter((result) => equal(result, truth));
    for (const result of judged ? [] : right) {
      plan.checkedOwners.push(result.ownerId);
      plan.nodeEvents.push({ type: 'confirmed', nodeId: result.nodeId as string, at: context.now, jobId: job.jobId });
    }
    const claims = claimsOf({
      // What the first judgement owed is paid: a second one owes nobody but the referee.
      chargedMicro: judged ? 0n : job.chargedMicro,
      unitMicro: job.unitMicro ?? context.policy.price.minUnitMicro,
      rightOwners: judged ? [] : right.map(({ ownerId }) => ownerId),
    });
    const delivered = { ended: job.outcome, outputDigest: job.outputDigest, fuel: job.fuel };
    const corrected = judged || equal(delivered, truth) ? undefined : correctionOf(job, truth, context);
    const second = corrected && { correctedReceipt: formatDigest(evidenceOf(corrected)) };
    for (const wrong of said.filter((one) => !equal(one, truth) && !judged?.has(one.nodeId as string))) {
      planSlash({ jobId: job.jobId, submitterId: job.accountId, wrong, truth, claims, at: context.now, ...second }, purse, plan);
    }
    if (corrected) await this.correct(tx, { job, corrected, truth, claims }, plan);
  }

  /** Nodes that were proven wrong on this job already. */
  private async judgedNodes(tx: EntityManager, jobId: string): Promise<Set<string>> {
    const rows: { node_id: string }[] = await tx.query(
      `SELECT r.node_id FROM results r JOIN lapses l ON l.node_id = r.node_id AND l.job_id = r.job_id AND l.kind = 'proven_wrong'
       WHERE r.job_id = $1`,
      [jobId],
    );
    return new Set(rows.map((row) => row.node_id));
  }

  /** What seized stake has not paid of the charge is due from insurance. */
  private async correct(
    tx: EntityManager,
    correction: { job: SettledJob; corrected: SettledFacts; truth: JobResult; claims: Claims },
    plan: SettlementPlan,
  ): Promise<void> {
    const { job, corrected, truth, claims } = correction;
    await this.correctJobs.run(tx, {
      jobId: job.jobId,
      outcome: truth.ended,
      outputDigest: truth.outputDigest,
      fuel: truth.fuel,
      credibilityPpm: corrected.credibilityPpm,
    });
    await this.outbox.append(tx, [{ event: 'job.invalidated', accountId: job.accountId, subjectId: job.jobId }]);
    const evidenceHash = evidenceOf(corrected);
    plan.compensations.push((purse) => compensation(job, claims.submitterMicro, evidenceHash, purse));
  }

  private contextOf(version: VersionFacts): AcceptanceContext {
    return {
      origin: this.settings.publicOrigin,
      policy: this.settings.policy,
      version,
      medianUnitMicro: this.medianUnit.current(),
      refereeEnabled: this.settings.refereeEnabled,
      now: new Date(),
    };
  }
}

/** At most what was charged and is still owed, as far as insurance has it; once a job. */
function compensation(job: SettledJob, dueMicro: bigint, evidenceHash: Uint8Array, purse: Purse): TransferRequest | undefined {
  const amountMicro = dueMicro < purse.insuranceMicro ? dueMicro : purse.insuranceMicro;
  if (amountMicro <= 0n) return undefined;
  purse.moveInsurance(-amountMicro);
  return {
    kind: 'compensate',
    reference: job.jobId,
    ordinal: 0n,
    memo: 'the delivered result was proven wrong',
    evidenceHash,
    legs: [
      { balance: { code: 'insurance' }, amountMicro: -amountMicro },
      { balance: { code: 'available', owner: job.accountId }, amountMicro },
    ],
  };
}

interface Disputed {
  job: SettledJob;
  /** undefined: the referee speaks for the first time. */
  judged: ReadonlySet<string> | undefined;
}

/** What the job's second receipt says: the referee's result, for the price of the first. */
function correctionOf(job: SettledJob, truth: JobResult, { origin, version, policy }: AcceptanceContext): SettledFacts {
  return {
    ...{ origin, jobId: job.jobId, version, inputDigest: job.inputDigest },
    ...{ outcome: outcomeName(truth.ended), outputDigest: truth.outputDigest, fuel: truth.fuel },
    ...{ chargedMicro: job.chargedMicro, assurance: job.assurance, referee: true },
    credibilityPpm: Math.round(policy.credibility.referee * 1e6),
  };
}

type Said = { ended: number | null; outputDigest: Buffer | null; fuel: bigint | null };

function equal(one: Said, other: Said): boolean {
  const digests = one.outputDigest !== null && other.outputDigest !== null && one.outputDigest.equals(other.outputDigest);
  return one.ended === other.ended && digests && one.fuel === other.fuel;
}
