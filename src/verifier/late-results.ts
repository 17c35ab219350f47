/**
 * Results that came under a valid lease after their job was settled. A right one is paid from commons: the work was asked for. One
 * that differs asks the referee, once; nobody loses anything on a vote.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Ledger } from '../ledger/ledger.js';
import { Settings } from '../settings/settings.js';
import { MedianUnit } from './median-unit.js';
import type { ReportedItem } from './parse-report.js';
import { Purse } from './purse.js';
import { payOf, planSurplus } from './settle-job.js';
import { SettledJobs } from './settled-jobs.js';
import type { SettlementPlan } from './settlement-plan.js';

@Injectable()
export class LateResults {
  constructor(
    private readonly settledJobs: SettledJobs,
    private readonly ledger: Ledger,
    private readonly medianUnit: MedianUnit,
    private readonly settings: Settings,
  ) {}

  async plan(tx: EntityManager, late: (ReportedItem & { nodeId: string })[], plan: SettlementPlan): Promise<void> {
    const results = late.filter((item) => item.outcome !== null);
    if (results.length === 0) return;
    const settled = await this.settledJobs.read(
      tx,
      results.map(({ jobId }) => jobId),
    );
    const purse = await this.openPurse(results.map(({ ownerId }) => ownerId));
    const fullStakeMicro = BigInt(this.settings.policy.stake.prices) * this.medianUnit.current();
    for (const item of results) {
      const job = settled.get(item.jobId);
      if (!job || job.unitMicro === null || job.selfExecuted) continue;
      const right = job.outcome === item.ended && job.fuel === item.fuel && job.outputDigest?.equals(item.outputDigest as Buffer);
      if (right) {
        plan.nodeEvents.push({ type: 'success', nodeId: item.nodeId, at: new Date(), jobId: item.jobId });
        const n = job.results.find((result) => result.ownerId === item.ownerId)?.n ?? 0;
        const payMicro = payOf(job.unitMicro, this.settings.policy);
        const surplus = planSurplus(
          { jobId: item.jobId, n, owner: item.ownerId, payMicro, checked: true, fullStakeMicro },
          purse,
          this.settings.policy,
        );
        plan.transfers.push(...surplus);
        plan.checkedOwners.push(item.ownerId);
      } else if (!plan.asks.some(({ jobId }) => jobId === item.jobId)) {
        plan.asks.push({ jobId: item.jobId, purpose: 'dispute' });
      }
    }
  }

  private async openPurse(owners: string[]): Promise<Purse> {
    const [balances, system] = await Promise.all([this.ledger.balances(owners), this.ledger.systemBalances()]);
    return new Purse({ ...system, stakes: new Map([...balances].map(([owner, { stakeMicro }]) => [owner, stakeMicro])) });
  }
}
