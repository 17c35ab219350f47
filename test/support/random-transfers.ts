/**
 * Transfers as fast-check draws them: every kind, good and bad, repeated, twisted and shared, between few accounts and holds, so that
 * they meet. An action becomes a request only when its turn comes: a reversal names a transfer that was posted before.
 */
import fc from 'fast-check';
import { newId } from '#libs/signing/ids.js';
import type { Leg, TransferRequest } from '../../src/ledger/ledger.js';
import type { TestBooks } from './ledger.js';
import * as make from './ledger.js';

const ACTIONS = [
  ...(['grant', 'allowance', 'donate', 'donate', 'overdraw', 'fund', 'insure'] as const),
  ...(['hold', 'hold', 'hold', 'settle', 'settle', 'settle', 'release', 'release'] as const),
  ...(['foreignRelease', 'reopen', 'mismatch'] as const),
  ...(['earn', 'earn', 'surplus', 'audit', 'unstake', 'unstake', 'unstakeNamed', 'unstakeNamed', 'slash'] as const),
  ...(['compensate', 'writeOff', 'adjustment', 'reversal', 'reversal', 'halfReversal'] as const),
  ...(['unbalanced', 'itself', 'wrongKind', 'overflow', 'repeat', 'repeat', 'twist', 'otherKind'] as const),
];

export interface Action {
  what: (typeof ACTIONS)[number];
  one: number;
  other: number;
  place: number;
  amount: number;
  floor: number;
}

export interface Scene {
  owners: readonly string[];
  holds: readonly { id: string; payer: string }[];
  /** Hours of old buckets, and one in which nobody has any. */
  hours: readonly Date[];
  /** Whatever was asked for so far, and what was posted of it. */
  requests: TransferRequest[];
  posted: { id: bigint; request: TransferRequest }[];
}

export const OWNERS = 3;
const HOLDS = 5;

export const anyAction: fc.Arbitrary<Action> = fc.record({
  what: fc.constantFrom(...ACTIONS),
  one: fc.nat(OWNERS - 1),
  other: fc.nat(OWNERS - 1),
  place: fc.nat(1_000),
  amount: fc.integer({ min: 1, max: 120 }),
  floor: fc.integer({ min: 0, max: 150 }),
});

export function newScene(owners: readonly string[], hours: readonly Date[] = [new Date(0)]): Scene {
  const holds = Array.from({ length: HOLDS }, (_, at) => ({ id: newId(), payer: owners[at % owners.length] as string }));
  return { owners, holds, hours, requests: [], posted: [] };
}

/** What the action asks for now; nothing where it needs something earlier that is not there. */
export function requestOf(action: Action, scene: Scene): TransferRequest | undefined {
  const { what, place, floor } = action;
  const [owner, other] = [scene.owners[action.one] as string, scene.owners[action.other] as string];
  const amount = BigInt(action.amount);
  const { id: holdId, payer } = pick(scene.holds, place) as Scene['holds'][number];
  const from = { payer, holdId, part: amount };
  const earlier = pick(scene.requests, place);
  const key = earlier && { reference: earlier.reference, ordinal: earlier.ordinal };
  const withFloor = (leg: Leg): Leg => ({ ...leg, floorMicro: BigInt(-floor) });
  const requests: Record<Action['what'], () => TransferRequest | undefined> = {
    grant: () => make.grant(owner, amount),
    allowance: () => make.transfer('allowance', [make.system('issuance', -amount), make.available(owner, amount)]),
    donate: () => make.donate(owner, amount),
    overdraw: () => make.transfer('donation', [withFloor(make.available(owner, -amount)), make.system('commons', amount)]),
    fund: () => make.fund('commons', amount),
    insure: () => make.fund('insurance', amount),
    hold: () => make.hold(payer, amount, { reference: holdId, hold: { id: holdId, open: amount } }),
    settle: () =>
      make.settle(from, {
        worker: other,
        pay: amount / 2n,
        stake: amount / 3n,
        commons: floor % 2 ? 1n : floor % 3 ? -1n : 0n,
      }),
    release: () => make.release(from),
    foreignRelease: () => make.release({ ...from, payer: owner }),
    reopen: () => make.hold(owner, amount, { hold: { id: holdId, open: amount } }),
    mismatch: () => ({ ...make.release(from), hold: { id: holdId, close: amount + 1n } }),
    earn: () => make.earnStake(owner, amount),
    surplus: () => make.transfer('surplus', [make.system('commons', -amount), make.available(owner, amount)]),
    audit: () =>
      make.transfer('audit', [make.system('commons', -amount - 1n), make.available(owner, 1n), make.stake(other, amount)]),
    unstake: () => make.releaseStake(owner, amount),
    unstakeNamed: () => make.releaseStake(owner, amount, pick(scene.hours, place)),
    slash: () =>
      make.transfer('slash', [make.stake(owner, -amount - 2n), make.system('insurance', amount), make.available(other, 2n)]),
    compensate: () => make.transfer('compensate', [make.system('insurance', -amount), make.available(owner, amount)]),
    writeOff: () => make.transfer('write_off', [make.system('insurance', -amount), make.available(owner, amount)]),
    adjustment: () => make.transfer('adjustment', [withFloor(make.available(owner, -amount)), make.stake(other, amount)]),
    reversal: () => reversal(scene, place, 0n),
    halfReversal: () => reversal(scene, place, 1n),
    unbalanced: () => make.transfer('donation', [make.available(owner, -amount), make.system('commons', amount + 1n)]),
    itself: () => make.transfer('adjustment', [make.available(owner, -amount), make.available(owner, amount)]),
    wrongKind: () => make.transfer('donation', [make.available(owner, -amount), make.available(other, amount)]),
    overflow: () => make.grant(owner, 2n ** 63n - 1n),
    repeat: () => earlier && { ...earlier, memo: 'once more' },
    twist: () => key && earlier && make.grant(owner, amount, { kind: earlier.kind, ...key }),
    otherKind: () => key && make.donate(owner, amount, key),
  };
  const request = requests[what]();
  if (request) scene.requests.push(request);
  return request;
}

/** Of something that was posted, whole or with one leg pair too small. */
function reversal(scene: Scene, place: number, tooLittle: bigint): TransferRequest | undefined {
  const undone = pick(scene.posted, place);
  if (!undone) return undefined;
  const legs = undone.request.legs.map(({ balance, amountMicro }) => ({
    balance,
    amountMicro: amountMicro < 0n ? -amountMicro - tooLittle : -amountMicro + tooLittle,
  }));
  return make.transfer('reversal', legs, { reverses: undone.id });
}

function pick<T>(from: readonly T[], place: number): T | undefined {
  return from[place % Math.max(1, from.length)];
}

/** Here every kind is given floors; where kinds are what they are for, only a hold goes into debt, and I7 holds them to that. */
export async function lawsBrokenDespiteFloors(books: TestBooks): Promise<Record<string, string>> {
  const { I7: _, ...others } = await books.brokenLaws();
  return others;
}
