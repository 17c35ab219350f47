/**
 * The daily allowance (TRUST.md §6), told in order. For each closed day whose donations are in the books:
 *  1. how much of the capacity was idle; on a day that was not idle enough nothing is given, and donations wait;
 *  2. who owns a participant node and spent lately, what they have and what they earned, by submitter;
 *  3. the plan, stored whole in one transaction: from then on it is what it is, however balances move;
 *  4. the transfers, posted from the stored plan in sets, keyed by account and day: a crash in the middle, a second run or a second
 *     replica finds in the books what is done. Where commons cannot give a donated part, the rest waits for the next run.
 */
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { allowancePot, type Eligible, idleShare, splitAllowance } from '#libs/credits/allowance.js';
import { AccountDays } from '../accounts/account-days.js';
import { lockSupply } from '../accounts/supply-lock.js';
import { dateOf, dayOf } from '../accounts/utc-days.js';
import { Transaction } from '../database/transaction.js';
import { Ledger, type Leg, type TransferRequest } from '../ledger/ledger.js';
import { RecurringWork } from '../queue/recurring-work.js';
import { Settings } from '../settings/settings.js';
import { type AllowanceRow, Allowances } from './allowances.js';
import { DayUsageReader } from './day-usage.js';

const EVERY_MS = 600_000;
const ACCOUNTS_PER_SET = 200;
/** Presence is kept for a week: of an older day nobody can say how idle it was. */
const DAYS_BACK = 6;
const FIRST = '00000000-0000-0000-0000-000000000000';

@Injectable()
export class PayAllowance implements OnApplicationBootstrap {
  private readonly logger = new Logger(PayAllowance.name);

  constructor(
    private readonly transaction: Transaction,
    private readonly accountDays: AccountDays,
    private readonly allowances: Allowances,
    private readonly dayUsage: DayUsageReader,
    private readonly ledger: Ledger,
    private readonly recurringWork: RecurringWork,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.recurringWork.every(EVERY_MS, 'allowance', () => this.run(new Date()));
  }

  async run(now: Date): Promise<void> {
    for (const { day, donatedAt } of await this.accountDays.countedDays(dayOf(now) - DAYS_BACK)) {
      if (donatedAt !== null && !(await this.allowances.day(day))) await this.planDay(day);
    }
    for (const day of await this.allowances.unposted()) await this.postDay(day, now);
  }

  private async planDay(day: number): Promise<void> {
    const { supply } = this.settings.policy;
    const usage = await this.dayUsage.read(day);
    await this.transaction.run(async (tx) => {
      await lockSupply(tx);
      if (await this.allowances.day(day, tx)) return;
      const eligible = await this.eligible(tx, day);
      const idle = idleShare(usage) > supply.allowanceIdleShare;
      const pot = idle
        ? { issuedMicro: allowancePot(eligible, supply), donatedMicro: await this.donated(tx) }
        : { issuedMicro: 0n, donatedMicro: 0n };
      const allowances = splitAllowance(pot, eligible, supply);
      const sum = (of: (one: (typeof allowances)[number]) => bigint): bigint =>
        allowances.reduce((all, allowance) => all + of(allowance), 0n);
      await this.allowances.insert(
        tx,
        {
          day,
          ...usage,
          eligible: eligible.length,
          issuedMicro: sum(({ issuedMicro }) => issuedMicro),
          donatedMicro: sum(({ donatedMicro }) => donatedMicro),
        },
        allowances,
      );
    });
  }

  private async postDay(day: number, now: Date): Promise<void> {
    let refused = 0;
    let after: string | undefined = FIRST;
    while (after !== undefined) {
      const from: string = after;
      const set = await this.transaction.run(async (tx) => {
        await lockSupply(tx);
        const due = await this.allowances.dueOfDay(tx, day, ACCOUNTS_PER_SET, from);
        const outcomes = await this.ledger.post(
          tx,
          due.map((allowance) => allowanceTransfer(allowance, day)),
        );
        return {
          refused: outcomes.filter((outcome) => outcome.state === 'refused').length,
          next: due.length === ACCOUNTS_PER_SET ? due.at(-1)?.accountId : undefined,
        };
      });
      refused += set.refused;
      after = set.next;
    }
    if (refused === 0) await this.allowances.markPosted(day, now);
    else this.logger.warn(`${refused} allowances of ${dateOf(day)} wait: commons cannot give what was donated now`);
  }

  /** A donated part can only be paid out while commons still has it. */
  private async donated(tx: EntityManager): Promise<bigint> {
    const left = await this.allowances.undistributed(tx);
    const [commons]: { balance: string }[] = await tx.query('SELECT balance FROM ledger.balances WHERE id = 2');
    const has = BigInt(commons?.balance ?? 0);
    return left < has ? left : has;
  }

  /** Who serves and submits: an own participant node, and something spent lately. In the order of their ids. */
  private async eligible(tx: EntityManager, day: number): Promise<Eligible[]> {
    const { allowanceSpentDays, allowanceEarnedDays } = this.settings.policy.supply;
    const rows: { account_id: string; available: string }[] = await tx.query(
      `SELECT a.id AS account_id, b.balance AS available FROM accounts a JOIN ledger.balances b ON b.owner_id = a.id AND b.code = 4
       WHERE a.deleted_at IS NULL
         AND EXISTS (SELECT 1 FROM nodes n JOIN node_records r ON r.node_id = n.id
                     WHERE n.account_id = a.id AND n.revoked_at IS NULL AND r.stage = 'participant')
         AND EXISTS (SELECT 1 FROM account_days d WHERE d.account_id = a.id AND d.day > $1 AND d.day <= $2 AND d.spent_micro > 0)
       ORDER BY a.id`,
      [dateOf(day - allowanceSpentDays), dateOf(day)],
    );
    const earned: { account_id: string; submitter_id: string; earned: string }[] = await tx.query(
      `SELECT account_id, submitter_id, sum(earned_micro) AS earned FROM account_day_sources
       WHERE day > $1 AND day <= $2 AND account_id = ANY ($3::uuid[]) GROUP BY account_id, submitter_id`,
      [dateOf(day - allowanceEarnedDays), dateOf(day), rows.map((row) => row.account_id)],
    );
    const bySubmitter = new Map<string, Map<string, bigint>>(rows.map((row) => [row.account_id, new Map()]));
    for (const row of earned) bySubmitter.get(row.account_id)?.set(row.submitter_id, BigInt(row.earned));
    return rows.map((row) => ({
      accountId: row.account_id,
      availableMicro: BigInt(row.available),
      earnedMicroBySubmitter: bySubmitter.get(row.account_id) ?? new Map(),
    }));
  }
}

function allowanceTransfer({ accountId, issuedMicro, donatedMicro }: AllowanceRow, day: number): TransferRequest {
  const legs: Leg[] = [
    { balance: { code: 'issuance' }, amountMicro: -issuedMicro },
    { balance: { code: 'commons' }, amountMicro: -donatedMicro },
    { balance: { code: 'available', owner: accountId }, amountMicro: issuedMicro + donatedMicro },
  ];
  return {
    kind: 'allowance',
    reference: accountId,
    ordinal: BigInt(day),
    memo: `allowance of ${dateOf(day)}`,
    legs: legs.filter(({ amountMicro }) => amountMicro !== 0n),
  };
}
