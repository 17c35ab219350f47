/** The books over a database of their own, and transfers with only what matters to a test. */
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { demoPolicy as policy } from '#libs/policy/policy.js';
import { newId } from '#libs/signing/ids.js';
import { Transaction } from '../../src/database/transaction.js';
import { HIGHEST_ID, type Law, type LawRange, LOWEST_ID, ledgerLaws } from '../../src/ledger/laws.js';
import { type AccountBalances, Ledger, type Leg, type PostOutcome, type TransferRequest } from '../../src/ledger/ledger.js';
import { type LawQuery, Offenders } from '../../src/ledger/offenders.js';
import { freshDatabase, openDataSource } from './database.js';

export interface TestBooks {
  /** The owner's connection. */
  url: string;
  ledger: Ledger;
  dataSource: DataSource;
  transaction: Transaction;
  /** A new account with this much available. */
  account: (availableMicro?: bigint) => Promise<string>;
  /** In one transaction. */
  post: (...transfers: TransferRequest[]) => Promise<PostOutcome[]>;
  balances: (owner: string) => Promise<AccountBalances>;
  /** As the schema's owner, whom no grant binds. */
  asOwner: (sql: string, parameters?: unknown[]) => Promise<Record<string, unknown>[]>;
  /** What breaks a law, by the law's id; empty in sound books. */
  brokenLaws: () => Promise<Record<string, string>>;
  close: () => Promise<void>;
}

export async function openBooks(): Promise<TestBooks> {
  const database = await freshDatabase();
  const dataSource = await openDataSource(database.url);
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  const ledger = new Ledger(dataSource);
  const transaction = new Transaction(dataSource);
  const post = (...transfers: TransferRequest[]): Promise<PostOutcome[]> => transaction.run((tx) => ledger.post(tx, transfers));
  return {
    url: database.url,
    ledger,
    dataSource,
    transaction,
    post,
    account: async (availableMicro = 0n) => {
      const id = newId();
      await transaction.run((tx) => ledger.openAccount(tx, id));
      if (availableMicro > 0n) await post(grant(id, availableMicro));
      return id;
    },
    balances: async (id) => (await ledger.balances([id])).get(id) as AccountBalances,
    asOwner: async (sql, parameters = []) => (await owner.query<Record<string, unknown>>(sql, parameters)).rows,
    brokenLaws: () => brokenLaws(async (sql, values = []) => (await owner.query<{ offender: string }>(sql, values)).rows),
    close: async () => {
      await owner.end();
      await dataSource.destroy();
      await database.drop();
    },
  };
}

/** The ledger's own laws over everything. */
export async function brokenLaws(query: LawQuery): Promise<Record<string, string>> {
  const offenders = new Offenders();
  const laws = ledgerLaws({ lineMaxMicro: policy.supply.creditLineMaxMicro });
  const over = (range: LawRange): Law[] => laws.filter((law) => law.over === range);
  await offenders.look(query, [...over('transfers'), ...over('touched'), ...over('balances')], [LOWEST_ID, HIGHEST_ID]);
  await offenders.look(query, [...over('now'), ...over('full')]);
  return Object.fromEntries(offenders.ids.map((id) => [id, offenders.detail(id) as string]));
}

export type Overrides = Partial<TransferRequest>;

export const available = (owner: string, amountMicro: bigint): Leg => ({ balance: { code: 'available', owner }, amountMicro });
export const held = (owner: string, amountMicro: bigint): Leg => ({ balance: { code: 'held', owner }, amountMicro });
export const stake = (owner: string, amountMicro: bigint): Leg => ({ balance: { code: 'stake', owner }, amountMicro });
export const system = (code: 'issuance' | 'commons' | 'insurance', amountMicro: bigint): Leg => ({
  balance: { code },
  amountMicro,
});

export function transfer(kind: TransferRequest['kind'], legs: Leg[], overrides: Overrides = {}): TransferRequest {
  return { kind, reference: newId(), ordinal: 0n, legs, ...overrides };
}

export function grant(owner: string, amount: bigint, overrides?: Overrides): TransferRequest {
  return transfer('grant', [system('issuance', -amount), available(owner, amount)], overrides);
}

export function fund(code: 'commons' | 'insurance', amount: bigint): TransferRequest {
  return transfer('grant', [system('issuance', -amount), system(code, amount)]);
}

export function donate(owner: string, amount: bigint, overrides?: Overrides): TransferRequest {
  return transfer('donation', [available(owner, -amount), system('commons', amount)], overrides);
}

/** Its reference is the hold's id. */
export function hold(owner: string, amount: bigint, overrides: Overrides = {}): TransferRequest {
  const id = overrides.reference ?? newId();
  return transfer('hold', [available(owner, -amount), held(owner, amount)], {
    reference: id,
    hold: { id, open: amount },
    ...overrides,
  });
}

/** The part goes to the worker's available and to commons, the rest back to the payer. */
export function settle(
  from: { payer: string; holdId: string; part: bigint },
  to: { worker: string; pay: bigint; stake?: bigint; commons?: bigint },
  overrides?: Overrides,
): TransferRequest {
  const back = from.part - to.pay - (to.stake ?? 0n) - (to.commons ?? 0n);
  const legs = [
    held(from.payer, -from.part),
    available(to.worker, to.pay),
    stake(to.worker, to.stake ?? 0n),
    system('commons', to.commons ?? 0n),
    available(from.payer, back),
  ];
  return transfer(
    'settle',
    legs.filter(({ amountMicro }) => amountMicro !== 0n),
    { hold: { id: from.holdId, close: from.part }, ...overrides },
  );
}

export function release(from: { payer: string; holdId: string; part: bigint }, overrides?: Overrides): TransferRequest {
  return transfer('release', [held(from.payer, -from.part), available(from.payer, from.part)], {
    hold: { id: from.holdId, close: from.part },
    ...overrides,
  });
}

/** Stake out of commons, as surplus pay of an unchecked result has it. */
export function earnStake(owner: string, amount: bigint, overrides?: Overrides): TransferRequest {
  return transfer('surplus', [system('commons', -amount), stake(owner, amount)], overrides);
}

export function releaseStake(owner: string, amount: bigint, bucketHour?: Date, overrides?: Overrides): TransferRequest {
  const debit = bucketHour === undefined ? stake(owner, -amount) : { ...stake(owner, -amount), bucketHour };
  return transfer('release_stake', [debit, available(owner, amount)], overrides);
}

export const states = (outcomes: PostOutcome[]): string[] =>
  outcomes.map((outcome) => (outcome.state === 'refused' ? outcome.code : outcome.state));
