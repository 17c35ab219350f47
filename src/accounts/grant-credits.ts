/** New credits by the operator's hand: visible to everyone as a transfer out of issuance. */
import { Injectable } from '@nestjs/common';
import { newId } from '#libs/signing/ids.js';
import { Transaction } from '../database/transaction.js';
import { DomainError, invalidField } from '../http/domain-error.js';
import { Idempotency } from '../http/idempotency.js';
import type { KeyedRequest } from '../http/idempotency-key.js';
import { type BalanceRef, Ledger } from '../ledger/ledger.js';
import { Accounts } from './accounts.js';

export interface Grant {
  operatorId: string;
  /** An account's id, or a system balance. */
  to: { accountId: string } | 'commons' | 'insurance';
  amountMicro: bigint;
  reason: string;
}

@Injectable()
export class GrantCredits {
  constructor(
    private readonly transaction: Transaction,
    private readonly idempotency: Idempotency,
    private readonly accounts: Accounts,
    private readonly ledger: Ledger,
  ) {}

  /** @returns the transfer's reference, and whether an earlier request with this key made it */
  async run(grant: Grant, keyed: KeyedRequest): Promise<{ reference: string; replayed: boolean }> {
    const reference = newId();
    return this.transaction.run(async (tx) => {
      const claim = await this.idempotency.claim(tx, {
        scope: grant.operatorId,
        route: 'POST /v1/grants',
        ...keyed,
        resource: reference,
      });
      if (claim.state === 'replay') return { reference: claim.resource, replayed: true };
      if (typeof grant.to === 'object' && !(await this.accounts.byId(grant.to.accountId, tx))) {
        throw new DomainError('not_found', 'no account has this id', {
          errors: [{ pointer: '/to', detail: 'no account has this id' }],
        });
      }
      const balance: BalanceRef =
        typeof grant.to === 'string' ? { code: grant.to } : { code: 'available', owner: grant.to.accountId };
      const [outcome] = await this.ledger.post(tx, [
        {
          kind: 'grant',
          reference,
          ordinal: 0n,
          memo: grant.reason,
          legs: [
            { balance: { code: 'issuance' }, amountMicro: -grant.amountMicro },
            { balance, amountMicro: grant.amountMicro },
          ],
        },
      ]);
      // Only the books' own bounds can stand against it.
      if (outcome?.state === 'refused')
        throw invalidField({ pointer: '/amount' }, `this amount cannot be granted: ${outcome.detail}`);
      if (outcome?.state !== 'posted') throw new Error('a grant was not posted');
      return { reference, replayed: false };
    });
  }
}
