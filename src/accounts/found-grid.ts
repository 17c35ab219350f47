/**
 * What an empty grid begins with: an operator whose key is shown once, the genesis grants of the policy and, for the local demo, its
 * accounts. Runs at every start; what is there already is left as it is.
 */
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { newId } from '#libs/signing/ids.js';
import { Transaction } from '../database/transaction.js';
import { scopesOf } from '../http/scopes.js';
import { Ledger, type TransferRequest } from '../ledger/ledger.js';
import { Settings } from '../settings/settings.js';
import { Accounts } from './accounts.js';
import { ApiKeys } from './api-keys.js';
import { DemoAccounts } from './demo-accounts.js';
import { genesisGrant } from './genesis-grant.js';

/** The keys of the genesis transfers: the same at every start. */
const GENESIS = { commons: '00000000-0000-7000-8000-000000000002', insurance: '00000000-0000-7000-8000-000000000003' } as const;
const FOUNDING_LOCK = 7_305_509;

@Injectable()
export class FoundGrid implements OnApplicationBootstrap {
  private readonly logger = new Logger(FoundGrid.name);

  constructor(
    private readonly transaction: Transaction,
    private readonly accounts: Accounts,
    private readonly apiKeys: ApiKeys,
    private readonly ledger: Ledger,
    private readonly demoAccounts: DemoAccounts,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const secret = await this.transaction.run(async (tx) => {
      // Replicas that start together found one grid.
      await tx.query('SELECT pg_advisory_xact_lock($1)', [FOUNDING_LOCK]);
      const demo = await this.demoAccounts.ensure(tx);
      const operatorSecret = demo.founded ? undefined : await this.ensureOperator(tx);
      const grants = [...genesisGrants(this.settings), ...demo.grants];
      for (const outcome of await this.ledger.post(tx, grants)) {
        // A grid that was founded under other figures keeps what it was given.
        if (outcome.state === 'refused' && outcome.code !== 'key_conflict')
          throw new Error(`a genesis grant was refused: ${outcome.detail}`);
      }
      return operatorSecret;
    });
    if (secret) {
      this.logger.warn('a new grid: this is the operator’s API key, shown once and stored nowhere');
      process.stdout.write(`\n  Operator's API key: ${secret}\n\n`);
    }
  }

  private async ensureOperator(tx: EntityManager): Promise<string | undefined> {
    if (this.settings.demoFile || (await this.accounts.hasOperator(tx))) return undefined;
    const id = newId();
    await this.accounts.insert(tx, { id, name: 'operator', role: 'operator' });
    return (await this.apiKeys.issue(tx, { accountId: id, name: 'first', scopes: scopesOf('operator') })).secret;
  }
}

function genesisGrants({ policy }: Settings): TransferRequest[] {
  const { genesisCommonsMicro, genesisInsuranceMicro } = policy.supply;
  return [
    ...(genesisCommonsMicro > 0n ? [genesisGrant(GENESIS.commons, { code: 'commons' }, genesisCommonsMicro)] : []),
    ...(genesisInsuranceMicro > 0n ? [genesisGrant(GENESIS.insurance, { code: 'insurance' }, genesisInsuranceMicro)] : []),
  ];
}
