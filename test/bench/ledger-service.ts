/** The ledger as the coordinator has it: the service over the posting function, calls that come together sharing a transaction. */
import { DataSource } from 'typeorm';
import { newId } from '#libs/signing/ids.js';
import { APP_SESSION_OPTIONS } from '../../src/database/app-role.js';
import { BatchCollector } from '../../src/database/batch-collector.js';
import { migrate } from '../../src/database/migrate.js';
import { Transaction } from '../../src/database/transaction.js';
import { Ledger, type PostOutcome, type TransferRequest } from '../../src/ledger/ledger.js';

const GRANT_MICRO = 1_000_000_000_000n;
const ACCOUNTS_PER_SET = 500;

export class LedgerService {
  private readonly collector: BatchCollector<TransferRequest, PostOutcome>;

  private constructor(
    readonly dataSource: DataSource,
    readonly transaction: Transaction,
    readonly ledger: Ledger,
    readonly accounts: readonly string[],
  ) {
    // As the use cases collect their calls (DESIGN §6): two lanes fill two cores.
    this.collector = new BatchCollector((set) => transaction.run((tx) => ledger.post(tx, set)), { maxItems: 500, lanes: 2 });
  }

  static async open(url: string, accounts: number): Promise<LedgerService> {
    await migrate(url);
    const extra = { options: APP_SESSION_OPTIONS };
    const dataSource = await new DataSource({ type: 'postgres', url, extra, poolSize: 8 }).initialize();
    const ledger = new Ledger(dataSource);
    const transaction = new Transaction(dataSource);
    const owners = Array.from({ length: accounts }, () => newId());
    for (let from = 0; from < accounts; from += ACCOUNTS_PER_SET) {
      const set = owners.slice(from, from + ACCOUNTS_PER_SET);
      await transaction.run(async (tx) => {
        for (const owner of set) await ledger.openAccount(tx, owner);
        await ledger.post(tx, set.map(grantTo));
      });
    }
    return new LedgerService(dataSource, transaction, ledger, owners);
  }

  /** @throws where the ledger refuses: a bench of refusals would measure something else */
  async post(transfer: TransferRequest): Promise<void> {
    const outcome = await this.collector.add(transfer);
    if (outcome.state !== 'posted') throw new Error(`a transfer was ${outcome.state}`);
  }

  close(): Promise<void> {
    return this.dataSource.destroy();
  }
}

function grantTo(owner: string): TransferRequest {
  return {
    kind: 'grant',
    reference: newId(),
    ordinal: 0n,
    legs: [
      { balance: { code: 'issuance' }, amountMicro: -GRANT_MICRO },
      { balance: { code: 'available', owner }, amountMicro: GRANT_MICRO },
    ],
  };
}
