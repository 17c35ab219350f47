/** Days counted from the books, donations, credit lines and write-offs: each once, however often and wherever they run. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { available, earnStake, fund, hold, states, system, transfer } from '../../test/support/ledger.js';
import { inDays, openSupply, type SupplyBooks, tomorrow } from '../../test/support/supply.js';
import { NO_SUBMITTER } from '../ledger/flows.js';

const CR = 1_000_000n;
let books: SupplyBooks;

beforeEach(async () => {
  books = await openSupply();
});
afterEach(async () => {
  expect(await books.brokenLaws()).toEqual({});
  await books.close();
});

const rows = (sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> => books.asOwner(sql, values);

it('A day counts what was earned, by submitter, and what was spent; stake that is released or a grant is neither', async () => {
  const [payer, worker] = [await books.member({ availableMicro: 10_000n }), await books.member()];
  await books.serve(payer, worker, 700n);
  await books.serve(payer, worker, 300n);
  await books.post(fund('commons', 500n), earnStake(worker, 50n));
  await books.replica().accountDays.count(tomorrow());
  expect(await rows('SELECT account_id, earned_micro, spent_micro FROM account_days ORDER BY account_id')).toEqual([
    { account_id: payer, earned_micro: '0', spent_micro: '1002' },
    { account_id: worker, earned_micro: '1050', spent_micro: '0' },
  ]);
  expect(await rows('SELECT submitter_id, earned_micro FROM account_day_sources ORDER BY submitter_id')).toEqual([
    { submitter_id: NO_SUBMITTER, earned_micro: '50' },
    { submitter_id: payer, earned_micro: '1000' },
  ]);
});

it('What an account earned and spent is the same before and after its day is counted', async () => {
  const [payer, worker] = [await books.member({ availableMicro: 10_000n }), await books.member()];
  await books.serve(payer, worker, 700n);
  await books.serve(payer, worker, 300n);
  await books.post(fund('commons', 500n), earnStake(worker, 50n));
  const of = (owner: string) => books.replica().accountDays.ofAccount(owner, 0);
  const before = [await of(payer), await of(worker)];
  expect(before).toEqual([
    { accountId: payer, earnedMicro: 0n, spentMicro: 1_002n, servedJobs: 0, submittedJobs: 2 },
    { accountId: worker, earnedMicro: 1_050n, spentMicro: 0n, servedJobs: 3, submittedJobs: 0 },
  ]);
  await books.replica().accountDays.count(tomorrow());
  expect([await of(payer), await of(worker)]).toEqual(before);
});

it('A day is counted once by any number of replicas, and not before it is over', async () => {
  const [payer, worker] = [await books.member({ availableMicro: 10_000n }), await books.member()];
  await books.serve(payer, worker, 700n);
  await books.replica().accountDays.count(new Date());
  expect(await rows('SELECT * FROM account_days')).toEqual([]);
  await Promise.all([1, 2, 3].map(() => books.replica().accountDays.count(tomorrow())));
  expect(await rows('SELECT sum(earned_micro)::text AS earned FROM account_days')).toEqual([{ earned: '700' }]);
});

it('A donation is the share of the day’s earnings, at most what is available, given once by many replicas', async () => {
  const payer = await books.member({ availableMicro: 10_000n });
  const [half, broke, none] = [
    await books.member({ donatePercent: 50 }),
    await books.member({ donatePercent: 100 }),
    await books.member(),
  ];
  for (const worker of [half, broke, none]) await books.serve(payer, worker, 1_001n);
  await books.post(hold(broke, 901n));
  await books.replica().accountDays.count(tomorrow());
  await Promise.all([1, 2, 3].map(() => books.replica().donateEarnings.run()));
  await books.replica().donateEarnings.run();
  const left = await Promise.all([half, broke, none].map(async (owner) => (await books.balances(owner)).availableMicro));
  expect(left).toEqual([501n, 0n, 1_001n]);
  expect((await books.ledger.systemBalances()).commonsMicro).toBe(3n + 600n);
  expect(await rows('SELECT donated_micro FROM counted_days')).toEqual([{ donated_micro: '600' }]);
});

it('The first checked result brings 5 CR of line within a tenth of commons and stakes; the next waits for room', async () => {
  await books.post(fund('commons', 70n * CR));
  const [first, second] = [await books.member(), await books.member()];
  const { assignLines, accountDays } = books.replica();
  for (const owner of [first, second]) {
    expect(await books.transaction.run((tx) => books.creditLines.noteChecked(tx, [owner]))).toBe(true);
    await Promise.all([assignLines.run(new Date()), books.replica().assignLines.run(new Date())]);
  }
  expect(await books.creditLines.of([first, second, await books.member()])).toEqual(
    new Map([
      [first, 5n * CR],
      [second, 2n * CR],
      [expect.anything(), 0n],
    ]),
  );
  expect(await books.transaction.run((tx) => books.creditLines.noteChecked(tx, [first, second]))).toBe(false);
  await books.post(fund('commons', 30n * CR));
  await accountDays.count(tomorrow());
  await assignLines.run(tomorrow());
  expect(await rows('SELECT sum(line_micro)::text AS lines FROM credit_lines')).toEqual([{ lines: `${10n * CR}` }]);
});

it('A line that shrinks with the earnings leaves the debt standing and refuses the next debit', async () => {
  await books.post(fund('commons', 1_000n * CR));
  const owner = await books.member();
  await books.transaction.run((tx) => books.creditLines.noteChecked(tx, [owner]));
  const { assignLines, accountDays } = books.replica();
  await assignLines.run(new Date());
  const line = (await books.creditLines.of([owner])).get(owner) as bigint;
  const spend = (amount: bigint, lineMicro: bigint) => {
    const request = hold(owner, amount);
    request.legs[0] = { ...request.legs[0]!, floorMicro: -lineMicro };
    return request;
  };
  expect(states(await books.post(spend(5n * CR, line)))).toEqual(['posted']);
  await accountDays.count(inDays(31));
  await assignLines.run(inDays(31));
  books.creditLines.forget();
  expect((await books.creditLines.of([owner])).get(owner)).toBe(0n);
  expect(states(await books.post(spend(1n, 0n)))).toEqual(['insufficient_credits']);
  expect((await books.balances(owner)).availableMicro).toBe(-5n * CR);
});

it('Debt without a movement for 90 days is written off as far as insurance has it, the rest on another day', async () => {
  await books.post(fund('insurance', 7n));
  const [one, other] = [await books.member(), await books.member()];
  const owe = (owner: string, amount: bigint) =>
    transfer(
      'adjustment',
      [available(owner, -amount), system('commons', amount)].map((leg) => ({ ...leg, floorMicro: -amount })),
    );
  await books.post(owe(one, 5n), owe(other, 5n));
  await books.replica().writeOffDebts.run(inDays(89));
  expect((await books.balances(one)).availableMicro).toBe(-5n);
  await Promise.all([1, 2].map(() => books.replica().writeOffDebts.run(inDays(91))));
  const debts = async () => [(await books.balances(one)).availableMicro, (await books.balances(other)).availableMicro];
  expect(await debts()).toEqual([0n, -3n]);
  await books.post(fund('insurance', 10n));
  await books.replica().writeOffDebts.run(inDays(91));
  expect(await debts()).toEqual([0n, -3n]);
  await books.replica().writeOffDebts.run(inDays(92));
  expect(await debts()).toEqual([0n, 0n]);
});
