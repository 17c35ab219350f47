/**
 * The one door to the books. A transfer is posted by `ledger.post` as the last statement of the transaction that holds the fact
 * behind it; nothing else writes ledger tables (the application's role could not).
 */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource, type EntityManager } from 'typeorm';
import { type AccountCode, accountCodes, balanceCodeName, type SystemCode, systemBalanceIds } from './chart.js';
import type { TransferKind } from './kinds.js';
import { INT64_MAX, type NettedLeg, netted, POST, postSet } from './post-set.js';

export type BalanceRef = { code: SystemCode } | { code: AccountCode; owner: string };

export interface Leg {
  balance: BalanceRef;
  /** µCR; + credits the holder. */
  amountMicro: bigint;
  /** Available only: the lowest balance that this debit may leave (−credit line); 0 where absent. */
  floorMicro?: bigint;
  /** Stake only: the bucket that a release takes from. */
  bucketHour?: Date;
}

export interface TransferRequest {
  kind: TransferKind;
  /** With kind and ordinal the idempotency key, kept for ever. A UUIDv7 or another ordered UUID. */
  reference: string;
  ordinal: bigint;
  legs: Leg[];
  /** `open` makes the hold with this amount; `close` takes this part out of it; still open at
   * `alarmAt`, it raises an alarm. */
  hold?: { id: string; open?: bigint; close?: bigint; alarmAt?: Date };
  evidenceHash?: Uint8Array;
  memo?: string;
  meta?: object;
  reverses?: bigint;
}

export type RefusalCode =
  | 'unknown_balance'
  | 'empty'
  | 'unbalanced'
  | 'kind_not_allowed'
  | 'hold_mismatch'
  | 'not_reversible'
  | 'key_conflict'
  | 'hold_exhausted'
  | 'account_frozen'
  | 'insufficient_credits'
  | 'bucket_exhausted'
  | 'overflow';

export type PostOutcome =
  | { state: 'posted' | 'duplicate'; transferId: bigint }
  | { state: 'refused'; code: RefusalCode; detail: string; shortMicro?: bigint };

export interface AccountBalances {
  availableMicro: bigint;
  heldMicro: bigint;
  stakeMicro: bigint;
  frozen: boolean;
}

@Injectable()
export class Ledger {
  /** Balances are never closed: their ids may be kept. */
  private readonly ids = new LRUCache<string, bigint>({ max: 100_000 });

  constructor(private readonly dataSource: DataSource) {}

  async openAccount(tx: EntityManager, owner: string): Promise<void> {
    // An earlier opening that was rolled back may have left ids of balances that are not there.
    for (const code of accountCodes) this.ids.delete(nameOf({ code, owner }));
    await tx.query('SELECT ledger.open_account($1)', [owner]);
  }

  /** An outcome for each transfer, in order. Must be the last statement before the commit: it locks the hot rows. */
  async post(tx: EntityManager, transfers: TransferRequest[]): Promise<PostOutcome[]> {
    if (transfers.length === 0) return [];
    const ids = await this.balanceIds(tx, transfers);
    const legs = transfers.map((transfer) => fittingLegs(transfer, ids));
    const set = postSet(
      transfers.filter((_, place) => Array.isArray(legs[place])),
      legs.filter((list) => Array.isArray(list)),
    );
    const rows: OutcomeRow[] = legs.some((list) => Array.isArray(list)) ? await tx.query(POST, set) : [];
    let next = 0;
    return legs.map((list) => (Array.isArray(list) ? outcomeOf(rows[next++] as OutcomeRow) : list));
  }

  /** Read unlocked: for showing and for a first look; `post` decides. In a transaction that has posted, what it has locked is exact. */
  async balances(owners: string[], tx: EntityManager = this.dataSource.manager): Promise<Map<string, AccountBalances>> {
    if (owners.length === 0) return new Map();
    const rows: { owner_id: string; code: number; balance: string; flags: number }[] = await tx.query(
      'SELECT owner_id, code, balance, flags FROM ledger.balances WHERE owner_id = ANY ($1::uuid[])',
      [owners],
    );
    const found = new Map<string, AccountBalances>();
    for (const row of rows) {
      const account = found.get(row.owner_id) ?? { availableMicro: 0n, heldMicro: 0n, stakeMicro: 0n, frozen: false };
      const name = balanceCodeName(row.code) as AccountCode;
      account[`${name}Micro`] = BigInt(row.balance);
      if ((row.flags & 1) === 1) account.frozen = true;
      found.set(row.owner_id, account);
    }
    return found;
  }

  async systemBalances(
    tx: EntityManager = this.dataSource.manager,
  ): Promise<{ issuanceMicro: bigint; commonsMicro: bigint; insuranceMicro: bigint }> {
    const rows: { id: string; balance: string }[] = await tx.query(
      'SELECT id, balance FROM ledger.balances WHERE id IN (1, 2, 3)',
    );
    const of = (code: SystemCode): bigint => BigInt(rows.find(({ id }) => BigInt(id) === systemBalanceIds[code])?.balance ?? 0);
    return { issuanceMicro: of('issuance'), commonsMicro: of('commons'), insuranceMicro: of('insurance') };
  }

  private async balanceIds(tx: EntityManager, transfers: TransferRequest[]): Promise<(ref: BalanceRef) => bigint> {
    const missing = new Set<string>();
    for (const { legs } of transfers) {
      for (const { balance } of legs) if ('owner' in balance && !this.ids.has(nameOf(balance))) missing.add(balance.owner);
    }
    if (missing.size > 0) {
      const rows: { id: string; owner_id: string; code: number }[] = await tx.query(
        'SELECT id, owner_id, code FROM ledger.balances WHERE owner_id = ANY ($1::uuid[])',
        [[...missing]],
      );
      for (const row of rows) {
        this.ids.set(nameOf({ code: balanceCodeName(row.code) as AccountCode, owner: row.owner_id }), BigInt(row.id));
      }
    }
    return (ref) => {
      if (!('owner' in ref)) return systemBalanceIds[ref.code];
      const id = this.ids.get(nameOf(ref));
      if (id === undefined) throw new UnknownBalance(`account ${ref.owner} has no balance ${ref.code}: it was never opened`);
      return id;
    };
  }
}

interface OutcomeRow {
  state: number;
  transfer_id: string | null;
  code: string | null;
  detail: string | null;
  short: string | null;
}

class UnknownBalance extends Error {}

/** The legs to post, or why they cannot even be asked of the database. */
function fittingLegs(transfer: TransferRequest, idOf: (ref: BalanceRef) => bigint): NettedLeg[] | PostOutcome {
  try {
    const legs = netted(transfer, idOf);
    const amounts = [...legs.map(({ amount }) => amount), transfer.hold?.open ?? 0n, transfer.hold?.close ?? 0n];
    return amounts.some((amount) => amount > INT64_MAX || amount < -INT64_MAX) ? TOO_LARGE : legs;
  } catch (error) {
    if (!(error instanceof UnknownBalance)) throw error;
    return { state: 'refused', code: 'unknown_balance', detail: error.message };
  }
}

const TOO_LARGE: PostOutcome = { state: 'refused', code: 'overflow', detail: 'an amount does not fit 64 bits' };

const nameOf = (ref: { code: AccountCode; owner: string }): string => `${ref.owner} ${ref.code}`;

function outcomeOf(row: OutcomeRow): PostOutcome {
  if (row.state === 3) {
    return {
      state: 'refused',
      code: row.code as RefusalCode,
      detail: row.detail ?? '',
      ...(row.short === null ? {} : { shortMicro: BigInt(row.short) }),
    };
  }
  return { state: row.state === 1 ? 'posted' : 'duplicate', transferId: BigInt(row.transfer_id as string) };
}
