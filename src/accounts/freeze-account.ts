/** Freezes or unfreezes an account by the operator's hand; who, when and why stays in the ledger. */
import { Injectable } from '@nestjs/common';
import { Transaction } from '../database/transaction.js';
import { DomainError } from '../http/domain-error.js';
import { Idempotency } from '../http/idempotency.js';
import type { KeyedRequest } from '../http/idempotency-key.js';
import { type Freeze, Freezing } from '../ledger/freezing.js';

@Injectable()
export class FreezeAccount {
  constructor(
    private readonly transaction: Transaction,
    private readonly idempotency: Idempotency,
    private readonly freezing: Freezing,
  ) {}

  /** @returns the account's present state, and whether an earlier request with this key had made the change */
  async run(
    change: { accountId: string; frozen: boolean; operatorId: string; reason: string },
    keyed: KeyedRequest,
  ): Promise<{ freeze: Freeze; replayed: boolean }> {
    const { accountId, frozen, operatorId, reason } = change;
    const replayed = await this.transaction.run(async (tx) => {
      const claim = await this.idempotency.claim(tx, {
        scope: operatorId,
        route: `POST /v1/accounts/:id/${frozen ? 'freeze' : 'unfreeze'}`,
        ...keyed,
        resource: accountId,
      });
      if (claim.state === 'replay') return true;
      const outcome = await this.freezing.set(tx, { owner: accountId, frozen, by: operatorId, reason });
      if (outcome === 'unknown') throw new DomainError('not_found', 'no account has this id (acct_…)');
      if (outcome === 'so already')
        throw new DomainError('conflict', frozen ? 'this account is frozen already' : 'this account is not frozen');
      return false;
    });
    const freeze = await this.freezing.latest(accountId);
    if (!freeze) throw new DomainError('not_found', 'this account was never frozen');
    return { freeze, replayed };
  }
}
