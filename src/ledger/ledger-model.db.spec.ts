/**
 * The books against a model of a few lines that posts one transfer after the other: whatever is posted, in whatever sets, ends with
 * the same outcomes and balances. With many writers the order is not known; there the laws and the sums of what was posted are.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '#libs/signing/ids.js';
import {
  available,
  donate,
  earnStake,
  fund,
  grant,
  hold,
  openBooks,
  release,
  releaseStake,
  settle,
  stake,
  states,
  system,
  type TestBooks,
  transfer,
} from '../../test/support/ledger.js';
import type { BalanceRef, TransferRequest } from './ledger.js';

let books: TestBooks;

beforeAll(async () => {
  books = await openBooks();
  await books.post(fund('commons', 100_000n), fund('insurance', 100n));
});
afterAll(() => books.close());

const ACCOUNTS = 3;
const HOLDS = 4;

/** What is drawn: an action on some accounts, or a repetition of an earlier request, maybe with another amount. */
interface Action {
  what:
    | 'grant'
    | 'donate'
    | 'hold'
    | 'settle'
    | 'release'
    | 'earn'
    | 'unstake'
    | 'slash'
    | 'compensate'
    | 'bad'
    | 'repeat'
    | 'twist';
  one: number;
  other: number;
  hold: number;
  amount: number;
}

const action: fc.Arbitrary<Action> = fc.record({
  what: fc.constantFrom(
    ...([
      'grant',
      'donate',
      'hold',
      'hold',
      'settle',
      'settle',
      'release',
      'earn',
      'unstake',
      'slash',
      'compensate',
      'bad',
      'repeat',
      'twist',
    ] as const),
  ),
  one: fc.nat(ACCOUNTS - 1),
  other: fc.nat(ACCOUNTS - 1),
  hold: fc.nat(HOLDS - 1),
  amount: fc.integer({ min: 1, max: 120 }),
});

/** Requests of the actions. Each hold is opened at most once by one account, with a fixed id, whatever the amount. */
function requestsOf(actions: Action[], owners: string[]): TransferRequest[] {
  const holds = Array.from({ length: HOLDS }, (_, at) => ({ id: newId(), payer: owners[at % ACCOUNTS] as string }));
  const requests: TransferRequest[] = [];
  for (const { what, one, other, hold: place, amount } of actions) {
    const [owner, worker, size] = [owners[one] as string, owners[other] as string, BigInt(amount)];
    const { id: holdId, payer } = holds[place] as (typeof holds)[number];
    const earlier = requests[amount % Math.max(1, requests.length)];
    const make: Record<Action['what'], () => TransferRequest | undefined> = {
      grant: () => grant(owner, size),
      donate: () => donate(owner, size),
      hold: () => hold(payer, size, { reference: holdId, hold: { id: holdId, open: size } }),
      settle: () =>
        settle({ payer, holdId, part: size }, { worker, pay: size / 2n, stake: size / 3n, commons: amount % 2 ? 1n : -1n }),
      release: () => release({ payer, holdId, part: size }),
      earn: () => earnStake(owner, size),
      unstake: () => releaseStake(owner, size),
      slash: () => transfer('slash', [stake(owner, -size), system('insurance', size)]),
      compensate: () => transfer('compensate', [system('insurance', -size), available(owner, size)]),
      bad: () => transfer('donation', [available(owner, -size), available(worker, size + 1n)]),
      repeat: () => earlier && { ...earlier, memo: 'once more' },
      twist: () => earlier && grant(owner, size, { kind: earlier.kind, reference: earlier.reference, ordinal: earlier.ordinal }),
    };
    const request = make[what]();
    if (request) requests.push(request);
  }
  return requests;
}

const nameOf = (ref: BalanceRef): string => ('owner' in ref ? `${ref.owner} ${ref.code}` : ref.code);

/** Posts singly, on plain numbers. */
class Model {
  readonly balances = new Map<string, bigint>();
  private readonly holds = new Map<string, bigint>();
  private readonly keys = new Map<string, string>();

  post(request: TransferRequest): string {
    const key = `${request.reference} ${request.kind} ${request.ordinal}`;
    const legs = this.net(request);
    const content = JSON.stringify([[...legs], request.hold], (_, value) => (typeof value === 'bigint' ? `${value}` : value));
    const known = this.keys.get(key);
    if (known !== undefined) return known === content ? 'duplicate' : 'key_conflict';
    const refusal = this.refusal(request, legs);
    if (refusal) return refusal;
    for (const [name, amount] of legs) this.balances.set(name, this.of(name) + amount);
    const { id = '', open, close } = request.hold ?? {};
    if (open) this.holds.set(id, open);
    if (close) this.holds.set(id, (this.holds.get(id) ?? 0n) - close);
    this.keys.set(key, content);
    return 'posted';
  }

  of(name: string): bigint {
    return this.balances.get(name) ?? 0n;
  }

  private net({ legs }: TransferRequest): Map<string, bigint> {
    const net = new Map<string, bigint>();
    for (const { balance, amountMicro } of legs) net.set(nameOf(balance), (net.get(nameOf(balance)) ?? 0n) + amountMicro);
    for (const [name, amount] of net) if (amount === 0n) net.delete(name);
    return net;
  }

  private refusal({ kind, hold: held }: TransferRequest, legs: Map<string, bigint>): string | undefined {
    if (legs.size === 0) return 'empty';
    if ([...legs.values()].reduce((sum, amount) => sum + amount, 0n) !== 0n) return 'unbalanced';
    // A twisted request is a grant by another name.
    if (legs.has('issuance') && kind !== 'grant' && kind !== 'allowance') return 'kind_not_allowed';
    if (held?.open !== undefined && this.holds.has(held.id)) return 'hold_mismatch';
    if (held?.close !== undefined && (this.holds.get(held.id) ?? -1n) < held.close) return 'hold_exhausted';
    for (const [name, amount] of legs)
      if (amount < 0n && name !== 'issuance' && this.of(name) + amount < 0n) return 'insufficient_credits';
    return undefined;
  }
}

async function modelOfNow(): Promise<Model> {
  const model = new Model();
  const { issuanceMicro, commonsMicro, insuranceMicro } = await books.ledger.systemBalances();
  model.balances.set('issuance', issuanceMicro).set('commons', commonsMicro).set('insurance', insuranceMicro);
  return model;
}

async function expectBalancesOf(model: Model, owners: string[]): Promise<void> {
  const found: Record<string, bigint> = {};
  for (const owner of owners) {
    const { availableMicro, heldMicro, stakeMicro } = await books.balances(owner);
    Object.assign(found, {
      [`${owner} available`]: availableMicro,
      [`${owner} held`]: heldMicro,
      [`${owner} stake`]: stakeMicro,
    });
  }
  const { issuanceMicro, commonsMicro, insuranceMicro } = await books.ledger.systemBalances();
  Object.assign(found, { issuance: issuanceMicro, commons: commonsMicro, insurance: insuranceMicro });
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, model.of(name)])));
}

const opened = (): Promise<string[]> => Promise.all(Array.from({ length: ACCOUNTS }, () => books.account()));

it('Any transfers in any sets end as the model has it, item by item', { timeout: 180_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { minLength: 1, maxLength: 60 }),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }),
      async (actions, sizes) => {
        const owners = await opened();
        const model = await modelOfNow();
        const requests = [...owners.map((owner) => grant(owner, 150n)), ...requestsOf(actions, owners)];
        for (let at = 0, set = 0; at < requests.length; set += 1) {
          const items = requests.slice(at, at + (sizes[set % sizes.length] as number));
          const outcomes = await books.post(...items);
          expect(states(outcomes)).toEqual(items.map((item) => model.post(item)));
          at += items.length;
        }
        await expectBalancesOf(model, owners);
      },
    ),
    { numRuns: 60 },
  );
  expect(await books.brokenLaws()).toEqual({});
});

it('With 2 to 16 writers at once the laws hold, and the balances are the sum of what was posted', {
  timeout: 180_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { minLength: 20, maxLength: 80 }),
      fc.integer({ min: 2, max: 16 }),
      fc.integer({ min: 1, max: 6 }),
      async (actions, writers, setSize) => {
        const owners = await opened();
        const model = await modelOfNow();
        const first = owners.map((owner) => grant(owner, 400n));
        await books.post(...first);
        const requests = requestsOf(actions, owners);
        const posted = new Map<string, TransferRequest>();
        for (const request of first) posted.set(request.reference, request);
        let next = 0;
        const write = async (): Promise<void> => {
          while (next < requests.length) {
            const items = requests.slice(next, next + setSize);
            next += setSize;
            const outcomes = await books.post(...items);
            outcomes.forEach((outcome, at) => {
              if (outcome.state !== 'posted') return;
              const name = `${outcome.transferId}`;
              expect(posted.has(name)).toBe(false);
              posted.set(name, items[at] as TransferRequest);
            });
          }
        };
        await Promise.all(Array.from({ length: writers }, write));
        for (const { legs } of posted.values())
          for (const { balance, amountMicro } of legs)
            model.balances.set(nameOf(balance), model.of(nameOf(balance)) + amountMicro);
        await expectBalancesOf(model, owners);
      },
    ),
    { numRuns: 25 },
  );
  expect(await books.brokenLaws()).toEqual({});
});
