/**
 * What accounts give of a closed day's earnings (`donatePercent`): available → commons, keyed by account and day. A run that comes twice,
 * late, or after a crash in the middle gives once: each set asks the books who has given already.
 */
import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { donationOf } from '#libs/credits/allowance.js';
import { Transaction } from '../database/transaction.js';
import { transferKinds } from '../ledger/kinds.js';
import { Ledger, type TransferRequest } from '../ledger/ledger.js';
import { AccountDays } from './account-days.js';
import { lockSupply } from './supply-lock.js';
import { dateOf } from './utc-days.js';

const ACCOUNTS_PER_SET = 200;
const FIRST = '00000000-0000-0000-0000-000000000000';

interface GiverRow {
  account_id: string;
  earned: string;
  percent: number;
  available: string;
}

@Injectable()
export class DonateEarnings {
  private readonly logger = new Logger(DonateEarnings.name);

  constructor(
    private readonly transaction: Transaction,
    private readonly accountDays: AccountDays,
    private readonly ledger: Ledger,
  ) {}

  async run(): Promise<void> {
    for (const { day, donatedAt } of await this.accountDays.countedDays(0)) if (donatedAt === null) await this.donateDay(day);
  }

  private async donateDay(day: number): Promise<void> {
    let after: string | undefined = FIRST;
    while (after !== undefined) {
      const from: string = after;
      after = await this.transaction.run((tx) => this.donateSet(tx, day, from));
    }
    await this.transaction.run(async (tx) => {
      await lockSupply(tx);
      await tx.query(
        `UPDATE counted_days SET donated_at = clock_timestamp(), donated_micro = coalesce((
           SELECT sum(e.amount) FROM account_days d
           JOIN ledger.transfers t ON t.reference = d.account_id AND t.kind = $2 AND t.ordinal = $3
           JOIN ledger.entries e ON e.transfer_id = t.id AND e.amount > 0
           WHERE d.day = $1
         ), 0) WHERE day = $1 AND donated_at IS NULL`,
        [dateOf(day), transferKinds.donation.code, day],
      );
    });
  }

  /** @returns behind whom the next set begins; undefined after the last */
  private async donateSet(tx: EntityManager, day: number, after: string): Promise<string | undefined> {
    await lockSupply(tx);
    const rows: GiverRow[] = await tx.query(
      `SELECT d.account_id, d.earned_micro AS earned, a.donate_percent AS percent, b.balance AS available
       FROM account_days d JOIN accounts a ON a.id = d.account_id JOIN ledger.balances b ON b.owner_id = d.account_id AND b.code = 4
       WHERE d.day = $1 AND d.account_id > $2 AND d.earned_micro > 0 AND a.donate_percent > 0
         AND NOT EXISTS (SELECT 1 FROM ledger.transfers t WHERE t.reference = d.account_id AND t.kind = $3 AND t.ordinal = $4)
         AND NOT EXISTS (SELECT 1 FROM counted_days c WHERE c.day = d.day AND c.donated_at IS NOT NULL)
       ORDER BY d.account_id LIMIT $5`,
      [dateOf(day), after, transferKinds.donation.code, day, ACCOUNTS_PER_SET],
    );
    const transfers = rows.flatMap((row) => donationTransfer(row, day));
    const outcomes = await this.ledger.post(tx, transfers);
    const refused = outcomes.filter((outcome) => outcome.state === 'refused');
    // It has spent meanwhile, or is frozen: a gift is not collected.
    if (refused.length > 0) this.logger.log(`${refused.length} donations of ${dateOf(day)} could not be given`);
    return rows.length === ACCOUNTS_PER_SET ? rows.at(-1)?.account_id : undefined;
  }
}

function donationTransfer(row: GiverRow, day: number): TransferRequest[] {
  const amountMicro = donationOf({
    earnedMicro: BigInt(row.earned),
    donatePercent: row.percent,
    availableMicro: BigInt(row.available),
  });
  if (amountMicro <= 0n) return [];
  return [
    {
      kind: 'donation',
      reference: row.account_id,
      ordinal: BigInt(day),
      memo: `${row.percent} % of what ${dateOf(day)} earned`,
      legs: [
        { balance: { code: 'available', owner: row.account_id }, amountMicro: -amountMicro },
        { balance: { code: 'commons' }, amountMicro },
      ],
    },
  ];
}
