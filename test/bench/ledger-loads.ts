/** The three loads of `bench:ledger`, each for ours and for the peer: one call is one transfer, or one whole job (hold and settle). */
import { newId } from '#libs/signing/ids.js';
import type { TransferRequest } from '../../src/ledger/ledger.js';
import type { LedgerService } from './ledger-service.js';
import type { RowByRowLedger } from './row-by-row-ledger.js';

export type Load = 'pairs' | 'hot' | 'job';
export const loads: readonly Load[] = ['pairs', 'hot', 'job'];

const AMOUNT = 100;
const PART = 40_000;
const [CHARGE, PAY, STAKE] = [13_000, 5_000, 5_000];

const pick = (count: number): number => Math.floor(Math.random() * count);

/** Two different places below count. */
function pickTwo(count: number): [number, number] {
  const one = pick(count);
  return [one, (one + 1 + pick(count - 1)) % count];
}

export function serviceCall(service: LedgerService, load: Load): () => Promise<void> {
  const { accounts } = service;
  const available = (place: number, amount: number): TransferRequest['legs'][number] => ({
    balance: { code: 'available', owner: accounts[place] as string },
    amountMicro: BigInt(amount),
  });
  const commons = (amount: number): TransferRequest['legs'][number] => ({
    balance: { code: 'commons' },
    amountMicro: BigInt(amount),
  });
  if (load === 'pairs') {
    return () => {
      const [from, to] = pickTwo(accounts.length);
      return service.post({
        kind: 'adjustment',
        reference: newId(),
        ordinal: 0n,
        legs: [available(from, -AMOUNT), available(to, AMOUNT)],
      });
    };
  }
  if (load === 'hot') {
    return () =>
      service.post({
        kind: 'donation',
        reference: newId(),
        ordinal: 0n,
        legs: [available(pick(accounts.length), -AMOUNT), commons(AMOUNT)],
      });
  }
  return async () => {
    const [payer, worker] = pickTwo(accounts.length);
    const id = newId();
    const held = (amount: number): TransferRequest['legs'][number] => ({
      balance: { code: 'held', owner: accounts[payer] as string },
      amountMicro: BigInt(amount),
    });
    await service.post({
      kind: 'hold',
      reference: id,
      ordinal: 0n,
      hold: { id, open: BigInt(PART) },
      legs: [available(payer, -PART), held(PART)],
    });
    const stake = { balance: { code: 'stake', owner: accounts[worker] as string }, amountMicro: BigInt(STAKE) } as const;
    await service.post({
      kind: 'settle',
      reference: id,
      ordinal: 0n,
      hold: { id, close: BigInt(PART) },
      evidenceHash: new Uint8Array(32),
      legs: [held(-PART), available(payer, PART - CHARGE), available(worker, PAY), stake, commons(CHARGE - PAY - STAKE)],
    });
  };
}

/** The peer's balances: 1 is commons, then three for each account. */
export function rowCall(peer: RowByRowLedger, accounts: number, load: Load): () => Promise<void> {
  const [available, held, stake] = [2, 3, 4].map(
    (first) =>
      (account: number): number =>
        first + 3 * account,
  ) as [(account: number) => number, (account: number) => number, (account: number) => number];
  const leg = (balance: number, amount: number): { balance: number; amount: number } => ({ balance, amount });
  if (load === 'pairs') {
    return () => {
      const [from, to] = pickTwo(accounts);
      return peer.transfer({ reference: newId(), kind: 14, legs: [leg(available(from), -AMOUNT), leg(available(to), AMOUNT)] });
    };
  }
  if (load === 'hot') {
    return () => peer.transfer({ reference: newId(), kind: 3, legs: [leg(available(pick(accounts)), -AMOUNT), leg(1, AMOUNT)] });
  }
  return async () => {
    const [payer, worker] = pickTwo(accounts);
    const id = newId();
    await peer.transfer({
      reference: id,
      kind: 4,
      hold: { open: PART },
      legs: [leg(available(payer), -PART), leg(held(payer), PART)],
    });
    await peer.transfer({
      reference: id,
      kind: 5,
      hold: { close: id },
      legs: [
        leg(held(payer), -PART),
        leg(available(payer), PART - CHARGE),
        leg(available(worker), PAY),
        leg(stake(worker), STAKE),
        leg(1, CHARGE - PAY - STAKE),
      ],
    });
  };
}

/** How many balances the peer needs. */
export const rowBalances = (accounts: number): number => 1 + 3 * accounts;
