/**
 * The sets of transfers that the poster posts while things die. Set n is always the same, whoever makes it: so it can be posted again
 * after a death, and an auditor of the test knows what was asked for.
 */
import type { TransferRequest } from '../../src/ledger/ledger.js';
import { donate, earnStake, grant, hold, release, releaseStake, settle } from './ledger.js';

/** A set settles the hold that this many sets before it opened: by then that one is done, or lost. */
const STRIDE = 24;

/** Ordered, as references are: the number of the set stands where a UUIDv7 has its time. */
export function referenceOf(set: number, item: number): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return `0190${hex(set, 8).slice(0, 4)}-${hex(set, 8).slice(4)}-7000-8000-${hex(item, 12)}`;
}

export function setOf(set: number, accounts: readonly string[]): TransferRequest[] {
  const account = (place: number): string => accounts[place % accounts.length] as string;
  const [payer, worker] = [account(set), account(set + 1)];
  const reference = (item: number) => ({ reference: referenceOf(set, item) });
  const fresh = [
    hold(payer, 300n, reference(0)),
    grant(payer, BigInt(200 + (set % 50)), reference(4)),
    donate(payer, 7n, reference(5)),
    earnStake(worker, 5n, reference(6)),
    releaseStake(worker, 3n, undefined, reference(7)),
  ];
  if (set < STRIDE) return fresh;
  const before = set - STRIDE;
  const from = { payer: account(before), holdId: referenceOf(before, 0), part: 100n };
  const to = { worker: account(before + 1), pay: 60n, stake: 30n, commons: 6n };
  return [
    ...fresh,
    settle(from, to, { reference: referenceOf(before, 1) }),
    settle(from, to, { reference: referenceOf(before, 2) }),
    release(from, { reference: referenceOf(before, 3) }),
    // A repetition: a duplicate, or the first where the earlier set was lost.
    grant(account(before), BigInt(200 + (before % 50)), { reference: referenceOf(before, 4) }),
  ];
}
