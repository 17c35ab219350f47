/** The supply's work over books of a test's own: accounts that serve and submit, and a clock that is passed in. */
import { type Policy, productionPolicy } from '#libs/policy/policy.js';
import { newId } from '#libs/signing/ids.js';
import { AccountDays } from '../../src/accounts/account-days.js';
import { Accounts } from '../../src/accounts/accounts.js';
import { AssignLines } from '../../src/accounts/assign-lines.js';
import { CreditLines } from '../../src/accounts/credit-lines.js';
import { DonateEarnings } from '../../src/accounts/donate-earnings.js';
import { DAY_MS, dayOf, startOf } from '../../src/accounts/utc-days.js';
import { WriteOffDebts } from '../../src/accounts/write-off-debts.js';
import { Allowances } from '../../src/grid/allowances.js';
import { DayUsageReader } from '../../src/grid/day-usage.js';
import { PayAllowance } from '../../src/grid/pay-allowance.js';
import { Flows } from '../../src/ledger/flows.js';
import type { RecurringWork } from '../../src/queue/recurring-work.js';
import type { Settings } from '../../src/settings/settings.js';
import { grant, hold, openBooks, settle, type TestBooks } from './ledger.js';

export interface SupplyBooks extends TestBooks {
  policy: Policy;
  accountDays: AccountDays;
  allowances: Allowances;
  creditLines: CreditLines;
  /** Another replica: services of its own over the same database. */
  replica: () => SupplyWork;
  member: (member?: { availableMicro?: bigint; donatePercent?: number }) => Promise<string>;
  /** A node in service with this many threads, online for so many half minutes of today. */
  node: (owner: string, node?: { stage?: string; threads?: number; halfMinutes?: number }) => Promise<string>;
  /** One settled job: `pay` goes to the worker's available, a fee of 1 µCR to commons. */
  serve: (payer: string, worker: string, pay: bigint) => Promise<void>;
}

export interface SupplyWork {
  accountDays: AccountDays;
  donateEarnings: DonateEarnings;
  assignLines: AssignLines;
  writeOffDebts: WriteOffDebts;
  payAllowance: PayAllowance;
}

/** An hour into the day after today: today is closed. */
export const tomorrow = (): Date => new Date(startOf(dayOf(new Date()) + 1).getTime() + 3_600_000);
export const inDays = (days: number): Date => new Date(Date.now() + days * DAY_MS);

export async function openSupply(policy: Policy = productionPolicy): Promise<SupplyBooks> {
  const books = await openBooks();
  const settings = { policy } as Settings;
  const accounts = new Accounts(books.dataSource, books.ledger);
  const work = (): SupplyWork & { creditLines: CreditLines; allowances: Allowances } => {
    const { dataSource, transaction, ledger } = books;
    const accountDays = new AccountDays(dataSource, transaction, new Flows(dataSource), settings);
    const creditLines = new CreditLines(dataSource);
    const allowances = new Allowances(dataSource);
    return {
      accountDays,
      creditLines,
      allowances,
      donateEarnings: new DonateEarnings(transaction, accountDays, ledger),
      assignLines: new AssignLines(transaction, creditLines, settings),
      writeOffDebts: new WriteOffDebts(transaction, ledger, settings),
      payAllowance: new PayAllowance(
        transaction,
        accountDays,
        allowances,
        new DayUsageReader(dataSource, settings),
        ledger,
        undefined as unknown as RecurringWork,
        settings,
      ),
    };
  };
  const { accountDays, creditLines, allowances } = work();
  return {
    ...books,
    policy,
    accountDays,
    creditLines,
    allowances,
    replica: work,
    member: async ({ availableMicro = 0n, donatePercent = 0 } = {}) => {
      const id = newId();
      await books.transaction.run((tx) => accounts.insert(tx, { id, name: 'somebody', role: 'member' }));
      await accounts.update(id, { donatePercent });
      if (availableMicro > 0n) await books.post(grant(id, availableMicro));
      return id;
    },
    node: async (owner, { stage = 'participant', threads = 2, halfMinutes = 120 } = {}) => {
      const id = newId();
      await books.asOwner('INSERT INTO nodes (id, account_id, name) VALUES ($1, $2, $3)', [id, owner, 'node']);
      await books.asOwner(
        `INSERT INTO node_records (node_id, owner_id, k_audit, k_vote, alpha, beta, goodwill_minutes, latency_ms, quota, threads, cooldown_level, stage)
         VALUES ($1, $2, 10, 0, 1, 1, 2000, 50, 8, $3, 0, $4)`,
        [id, owner, threads, stage],
      );
      await books.asOwner(
        `INSERT INTO presence_hours (node_id, hour, beats, last_beat_at)
         VALUES ($1, date_trunc('hour', now()), (repeat('1', $2) || repeat('0', 120 - $2))::bit(120), now())`,
        [id, halfMinutes],
      );
      return id;
    },
    serve: async (payer, worker, pay) => {
      const part = pay + 1n;
      const request = hold(payer, part);
      await books.post(request);
      await books.post(settle({ payer, holdId: request.reference, part }, { worker, pay, commons: 1n }));
    },
  };
}
