/** Debts of accounts that are gone: insurance pays them, as far as it can, keyed by account and day; the rest is tried again tomorrow. */
import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type Debtor, writeOffs } from '#libs/credits/write-off.js';
import { Transaction } from '../database/transaction.js';
import { transferKinds } from '../ledger/kinds.js';
import { Ledger, type TransferRequest } from '../ledger/ledger.js';
import { Settings } from '../settings/settings.js';
import { lockSupply } from './supply-lock.js';
import { DAY_MS, dayOf } from './utc-days.js';

const ACCOUNTS_PER_SET = 200;
const FIRST = '00000000-0000-0000-0000-000000000000';

@Injectable()
export class WriteOffDebts {
  private readonly logger = new Logger(WriteOffDebts.name);

  constructor(
    private readonly transaction: Transaction,
    private readonly ledger: Ledger,
    private readonly settings: Settings,
  ) {}

  async run(now: Date): Promise<void> {
    let after: string | undefined = FIRST;
    while (after !== undefined) {
      const from: string = after;
      after = await this.transaction.run((tx) => this.writeOffSet(tx, now, from));
    }
  }

  /** @returns behind whom the next set begins; undefined after the last */
  private async writeOffSet(tx: EntityManager, now: Date, after: string): Promise<string | undefined> {
    const { supply } = this.settings.policy;
    await lockSupply(tx);
    // The balances have no index on what stands in them (it would slow every posting): this reads all accounts' once, a few times a day.
    const rows: { owner_id: string; available: string; held: string; moved_at: Date }[] = await tx.query(
      `SELECT b.owner_id, b.balance AS available, h.balance AS held, moved.at AS moved_at
       FROM ledger.balances b JOIN ledger.balances h ON h.owner_id = b.owner_id AND h.code = 5
       CROSS JOIN LATERAL (
         SELECT t.created_at AS at FROM ledger.entries e JOIN ledger.transfers t ON t.id = e.transfer_id
         WHERE e.balance_id = b.id AND t.kind <> $2 ORDER BY e.seq DESC LIMIT 1
       ) moved
       WHERE b.code = 4 AND b.balance < 0 AND b.owner_id > $1 AND moved.at <= $3
         AND NOT EXISTS (SELECT 1 FROM ledger.transfers t WHERE t.reference = b.owner_id AND t.kind = $2 AND t.ordinal = $4)
       ORDER BY b.owner_id LIMIT $5`,
      [
        after,
        transferKinds.write_off.code,
        new Date(now.getTime() - supply.writeOffIdleDays * DAY_MS),
        dayOf(now),
        ACCOUNTS_PER_SET,
      ],
    );
    const debtors = rows.map(
      (row): Debtor => ({
        accountId: row.owner_id,
        availableMicro: BigInt(row.available),
        heldMicro: BigInt(row.held),
        lastMovedAt: row.moved_at,
      }),
    );
    const [insurance]: { balance: string }[] = await tx.query('SELECT balance FROM ledger.balances WHERE id = 3');
    const due = writeOffs(debtors, BigInt(insurance?.balance ?? 0), supply, now);
    const outcomes = await this.ledger.post(
      tx,
      due.map(({ accountId, amountMicro }) => writeOffTransfer(accountId, amountMicro, now)),
    );
    const refused = outcomes.filter((outcome) => outcome.state === 'refused');
    if (refused.length > 0) this.logger.log(`${refused.length} write-offs wait: insurance has paid others meanwhile`);
    return rows.length === ACCOUNTS_PER_SET ? rows.at(-1)?.owner_id : undefined;
  }
}

function writeOffTransfer(accountId: string, amountMicro: bigint, now: Date): TransferRequest {
  return {
    kind: 'write_off',
    reference: accountId,
    ordinal: BigInt(dayOf(now)),
    memo: 'no movement for long, and in debt',
    legs: [
      { balance: { code: 'insurance' }, amountMicro: -amountMicro },
      { balance: { code: 'available', owner: accountId }, amountMicro },
    ],
  };
}
