/**
 * Corrections by people: an adjustment moves what its legs say, a reversal undoes one transfer, whole and once. Proposed by whoever
 * audits, approved by operators' accounts other than the proposer's, as many as the policy asks; where it asks for one, an
 * operator's proposal is its own approval. The last approval posts, in its own transaction: approved and not posted does not exist.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { newId } from '#libs/signing/ids.js';
import { Accounts } from '../accounts/accounts.js';
import { Transaction } from '../database/transaction.js';
import type { Caller } from '../http/caller.js';
import { DomainError } from '../http/domain-error.js';
import { Idempotency } from '../http/idempotency.js';
import type { KeyedRequest } from '../http/idempotency-key.js';
import { Settings } from '../settings/settings.js';
import { type AskedLeg, legsOf } from './adjustment-request.js';
import { type Adjustment, Adjustments } from './adjustments.js';
import { PostAdjustment } from './post-adjustment.js';

export type Correction = { reason: string } & ({ legs: AskedLeg[] } | { reverses: string });

@Injectable()
export class AdjustBooks {
  constructor(
    private readonly transaction: Transaction,
    private readonly idempotency: Idempotency,
    private readonly accounts: Accounts,
    private readonly adjustments: Adjustments,
    private readonly postAdjustment: PostAdjustment,
    private readonly settings: Settings,
  ) {}

  async propose(caller: Caller, asked: Correction, keyed: KeyedRequest): Promise<{ id: string; replayed: boolean }> {
    const { approvals, proposalMs } = this.settings.policy.supply;
    const id = newId();
    return this.transaction.run(async (tx) => {
      const claim = await this.claim(tx, caller, { route: 'POST /v1/audit/adjustments', resource: id, keyed });
      if (claim !== undefined) return { id: claim, replayed: true };
      if ('legs' in asked) await this.requireAccounts(tx, asked.legs);
      else await this.postAdjustment.requireReversible(tx, asked.reverses);
      await this.adjustments.insert(tx, {
        id,
        reason: asked.reason,
        legs: 'legs' in asked ? asked.legs : null,
        reverses: 'reverses' in asked ? asked.reverses : null,
        approvalsNeeded: approvals,
        proposedBy: caller.accountId,
        lifeMs: proposalMs,
      });
      if (approvals === 1 && caller.scopes.includes('admin')) await this.addApproval(tx, await this.waiting(tx, id), caller);
      return { id, replayed: false };
    });
  }

  async approve(caller: Caller, id: string, keyed: KeyedRequest): Promise<{ id: string; replayed: boolean }> {
    return this.transaction.run(async (tx) => {
      const claim = await this.claim(tx, caller, { route: 'POST /v1/audit/adjustments/:id/approve', resource: id, keyed });
      if (claim !== undefined) return { id: claim, replayed: true };
      const adjustment = await this.waiting(tx, id);
      if (adjustment.proposedBy === caller.accountId && adjustment.approvalsNeeded > 1)
        throw new DomainError('forbidden', 'whoever proposes an adjustment does not approve it: ask another operator’s account');
      await this.addApproval(tx, adjustment, caller);
      return { id, replayed: false };
    });
  }

  /** An operator rejects; whoever proposed it withdraws it. Saying so again changes nothing. */
  async reject(caller: Caller, id: string): Promise<void> {
    await this.transaction.run(async (tx) => {
      const adjustment = await this.adjustments.lock(tx, id);
      if (!adjustment) throw unknownAdjustment();
      if (!caller.scopes.includes('admin') && adjustment.proposedBy !== caller.accountId)
        throw new DomainError('insufficient_scope', 'only an operator (admin) or the account that proposed it ends a proposal');
      if (adjustment.state === 'rejected') return;
      if (adjustment.state === 'posted')
        throw new DomainError(
          'conflict',
          `this adjustment is posted as transfer ${adjustment.transferId}; propose a reversal of it`,
        );
      await this.adjustments.end(tx, id, 'rejected', caller.accountId);
    });
  }

  private async addApproval(tx: EntityManager, adjustment: Adjustment, caller: Caller): Promise<void> {
    if (!(await this.adjustments.approve(tx, adjustment.id, caller.accountId)))
      throw new DomainError('conflict', 'this account has approved it already; another operator’s account must');
    if (adjustment.approvals.length + 1 < adjustment.approvalsNeeded) return;
    await this.adjustments.end(tx, adjustment.id, 'posted', caller.accountId);
    await this.postAdjustment.run(tx, adjustment, [...adjustment.approvals.map(({ by }) => by), caller.accountId]);
  }

  private async waiting(tx: EntityManager, id: string): Promise<Adjustment> {
    const adjustment = await this.adjustments.lock(tx, id);
    if (!adjustment) throw unknownAdjustment();
    if (adjustment.state === 'waiting') return adjustment;
    const how = { posted: 'posted already', rejected: 'rejected', expired: 'expired; propose it again' }[adjustment.state];
    throw new DomainError('conflict', `this adjustment is ${how}`);
  }

  private async requireAccounts(tx: EntityManager, asked: AskedLeg[]): Promise<void> {
    for (const [place, { balance }] of legsOf(asked).entries()) {
      if (!('owner' in balance) || (await this.accounts.byId(balance.owner, tx))) continue;
      const detail = 'no account has this id';
      throw new DomainError('not_found', detail, { errors: [{ pointer: `/legs/${place}/balance`, detail }] });
    }
  }

  private async claim(
    tx: EntityManager,
    caller: Caller,
    { route, resource, keyed }: { route: string; resource: string; keyed: KeyedRequest },
  ): Promise<string | undefined> {
    const claim = await this.idempotency.claim(tx, { scope: caller.accountId, route, ...keyed, resource });
    return claim.state === 'replay' ? claim.resource : undefined;
  }
}

export const unknownAdjustment = (): DomainError => new DomainError('not_found', 'no adjustment has this id (adj_…)');
