/** Registration: an account with its first key, in one transaction, as often as the policy allows from one address range. */
import { Injectable } from '@nestjs/common';
import { newId } from '#libs/signing/ids.js';
import { Transaction } from '../database/transaction.js';
import { addressScope, isLoopback } from '../http/address-scope.js';
import { DomainError } from '../http/domain-error.js';
import { Idempotency } from '../http/idempotency.js';
import type { KeyedRequest } from '../http/idempotency-key.js';
import { scopesOf } from '../http/scopes.js';
import { Settings } from '../settings/settings.js';
import { type Account, Accounts } from './accounts.js';
import { type ApiKey, ApiKeys } from './api-keys.js';

export interface Registration {
  account: Account;
  key: ApiKey;
  /** null: this is a replay, and the secret was shown. */
  secret: string | null;
}

const HOUR_MS = 3_600_000;
const ROUTE = 'POST /v1/accounts';

@Injectable()
export class RegisterAccount {
  constructor(
    private readonly transaction: Transaction,
    private readonly idempotency: Idempotency,
    private readonly accounts: Accounts,
    private readonly apiKeys: ApiKeys,
    private readonly settings: Settings,
  ) {}

  async run(request: { name: string; email?: string | undefined; address: string; keyed: KeyedRequest }): Promise<Registration> {
    const { registration, registrationsPerHour, loopbackUnlimited } = this.limits();
    if (registration !== 'open')
      throw new DomainError('registration_closed', 'this grid takes no registrations; ask its operator');
    const scope = addressScope(request.address, this.settings.secret);
    const accountId = newId();
    const keyId = newId();
    return this.transaction.run(async (tx) => {
      const claim = await this.idempotency.claim(tx, {
        scope,
        route: ROUTE,
        ...request.keyed,
        resource: `${accountId} ${keyId}`,
      });
      if (claim.state === 'replay') return this.replay(claim.resource);
      if (registrationsPerHour !== null && !(loopbackUnlimited && isLoopback(request.address))) {
        const recent = await this.accounts.registeredSince(tx, scope, new Date(Date.now() - HOUR_MS));
        if (recent >= registrationsPerHour) {
          throw new DomainError('rate_limited', `at most ${registrationsPerHour} registrations an hour from one network`, {
            retryAfterSeconds: 3_600,
          });
        }
      }
      const account = await this.accounts.insert(tx, {
        id: accountId,
        name: request.name,
        email: request.email,
        role: 'member',
        registeredFrom: scope,
      });
      const { key, secret } = await this.apiKeys.issue(tx, { id: keyId, accountId, name: 'first', scopes: scopesOf('member') });
      return { account, key, secret };
    });
  }

  private async replay(resource: string): Promise<Registration> {
    const [accountId = '', keyId = ''] = resource.split(' ');
    const account = await this.accounts.byId(accountId);
    const key = await this.apiKeys.byId(accountId, keyId);
    if (!account || !key) throw new DomainError('not_found', 'the account that this request made is deleted');
    return { account, key, secret: null };
  }

  private limits() {
    const { supply, api } = this.settings.policy;
    return { ...supply, ...api };
  }
}
