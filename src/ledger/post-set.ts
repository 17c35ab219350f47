/** A set of transfers as the arrays of `ledger.post`: legs netted, what will be locked sorted, so that the database need not do it again. */
import { createHash } from 'node:crypto';
import { accountCodes } from './chart.js';
import { transferKinds } from './kinds.js';
import type { BalanceRef, TransferRequest } from './ledger.js';

export const INT64_MAX = 9_223_372_036_854_775_807n;
/** Enough against accident and against a second preimage; half of SHA-256 saves 16 bytes a transfer, twice with its log record. */
const REQUEST_HASH_BYTES = 16;

export interface NettedLeg {
  balanceId: bigint;
  amount: bigint;
  floor: bigint | null;
  bucket: Date | null;
}

export const POST = `SELECT * FROM ledger.post($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20) ORDER BY item`;

/** The parameters of POST. */
export function postSet(transfers: TransferRequest[], legs: NettedLeg[][]): unknown[] {
  const flat = legs.flatMap((list, place) => list.map((leg) => ({ item: place + 1, ...leg })));
  const of = <T>(column: (transfer: TransferRequest, place: number) => T): T[] => transfers.map(column);
  const holds = sorted(transfers.flatMap(({ hold }) => (hold ? [hold.id] : [])));
  const balances = sorted(flat.map(({ balanceId }) => balanceId));
  return [
    of(({ kind }) => transferKinds[kind].code),
    of(({ reference }) => reference),
    of(({ ordinal }) => ordinal),
    of((transfer, place) => requestHash(transfer, legs[place] as NettedLeg[])),
    firstOfKey(transfers),
    of(({ evidenceHash }) => (evidenceHash ? Buffer.from(evidenceHash) : null)),
    of(({ reverses }) => reverses ?? null),
    holds.list,
    of(({ hold }) => (hold ? holds.placeOf(hold.id) : null)),
    of(({ hold }) => hold?.open ?? null),
    of(({ hold }) => hold?.close ?? null),
    of(({ hold }) => hold?.alarmAt ?? null),
    of(({ memo }) => memo ?? null),
    of(({ meta }) => (meta ? JSON.stringify(meta) : null)),
    balances.list,
    flat.map(({ item }) => item),
    flat.map(({ balanceId }) => balances.placeOf(balanceId)),
    flat.map(({ amount }) => amount),
    flat.map(({ floor }) => floor),
    flat.map(({ bucket }) => bucket),
  ];
}

/** One leg a balance: legs of the same balance are summed, those that cancel out are dropped. */
export function netted(transfer: TransferRequest, idOf: (ref: BalanceRef) => bigint): NettedLeg[] {
  const legs = new Map<bigint, NettedLeg>();
  for (const { balance, amountMicro, floorMicro, bucketHour } of transfer.legs) {
    if ('owner' in balance && !accountCodes.includes(balance.code))
      throw new RangeError(`an account has no balance ${balance.code}`);
    const balanceId = idOf(balance);
    const known = legs.get(balanceId);
    if (known) known.amount += amountMicro;
    else legs.set(balanceId, { balanceId, amount: amountMicro, floor: floorMicro ?? null, bucket: bucketHour ?? null });
  }
  return [...legs.values()].filter(({ amount }) => amount !== 0n);
}

/** Ascending, each once; the place of each, from 1. UUIDs in lower case sort as the database sorts them. */
function sorted<T extends string | bigint>(values: T[]): { list: T[]; placeOf: (value: T) => number } {
  const list = [...new Set(values)].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
  const places = new Map(list.map((value, at) => [value, at + 1]));
  return { list, placeOf: (value) => places.get(value) as number };
}

/** For each transfer the first one of the set with its key, from 1; null: itself. */
function firstOfKey(transfers: TransferRequest[]): (number | null)[] {
  const first = new Map<string, number>();
  return transfers.map(({ kind, reference, ordinal }, place) => {
    const key = `${kind} ${reference} ${ordinal}`;
    const known = first.get(key);
    if (known === undefined) first.set(key, place + 1);
    return known ?? null;
  });
}

/** What the same key must repeat: kind, legs, hold, evidence. Floors, words and alarms may differ between attempts. */
function requestHash(transfer: TransferRequest, legs: NettedLeg[]): Buffer {
  const { kind, hold, evidenceHash, reverses } = transfer;
  const parts = [
    kind,
    hold?.id ?? '',
    String(hold?.open ?? ''),
    String(hold?.close ?? ''),
    evidenceHash ? Buffer.from(evidenceHash).toString('hex') : '',
    String(reverses ?? ''),
    ...legs.map(({ balanceId, amount }) => `${balanceId}:${amount}`),
  ];
  return createHash('sha256').update(parts.join('\n')).digest().subarray(0, REQUEST_HASH_BYTES);
}
