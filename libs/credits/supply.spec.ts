import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { productionPolicy } from '#libs/policy/policy.js';
import { allowancePot, countedEarnings, donationOf, type Eligible, idleShare, splitAllowance } from './allowance.js';
import { assignLines, type LineHolder, lineCap, wantedLine } from './credit-line.js';
import { divideByWeight } from './shares.js';
import { standingOf } from './standing.js';
import { type Debtor, writeOffs } from './write-off.js';

const { supply } = productionPolicy;
const CR = 1_000_000n;
const DAY_MS = 86_400_000;
const now = new Date('2026-11-25T00:00:00Z');
const daysAgo = (days: number): Date => new Date(now.getTime() - days * DAY_MS);
const micro = (most: bigint): fc.Arbitrary<bigint> => fc.bigInt(0n, most);
const sum = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((all, amount) => all + amount, 0n);

describe('parts of a whole', () => {
  it('sum to it exactly, and a larger weight never gets less', () => {
    fc.assert(
      fc.property(micro(10n ** 15n), fc.array(micro(10n ** 12n), { minLength: 1, maxLength: 30 }), (total, weights) => {
        const parts = divideByWeight(total, weights);
        expect(sum(parts)).toBe(sum(weights) === 0n ? 0n : total);
        for (const [place, weight] of weights.entries())
          for (const [other, otherWeight] of weights.entries())
            if (weight > otherWeight) expect(parts[place]).toBeGreaterThanOrEqual(parts[other] as bigint);
      }),
    );
  });
});

describe('the allowance', () => {
  const eligible: fc.Arbitrary<Eligible[]> = fc.array(
    fc.record({
      accountId: fc.uuid(),
      availableMicro: fc.bigInt(-5n * CR, 500n * CR),
      earnedMicroBySubmitter: fc
        .array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'), micro(50n * CR)), {
          maxLength: 12,
        })
        .map((pairs) => new Map(pairs)),
    }),
    { maxLength: 20 },
  );

  it('is a thirtieth of what is missing to 100 CR on average, and never negative', () => {
    expect(allowancePot([{ availableMicro: 10n * CR }, { availableMicro: 40n * CR }], supply)).toBe(5n * CR);
    expect(allowancePot([{ availableMicro: 1_000n * CR }, { availableMicro: 0n }], supply)).toBe(0n);
    expect(allowancePot([], supply)).toBe(0n);
  });

  it('counts one submitter for at most a tenth', () => {
    const ten = new Map(Array.from({ length: 10 }, (_, place) => [`s${place}`, 5n * CR] as const));
    expect(countedEarnings(ten, supply)).toBe(50n * CR);
    expect(countedEarnings(new Map([['friend', 50n * CR]]), supply)).toBe(5n * CR);
    expect(
      countedEarnings(
        new Map([
          ['friend', 90n * CR],
          ['stranger', 10n * CR],
        ]),
        supply,
      ),
    ).toBe(20n * CR);
  });

  it('never counts more than was earned, and never less when one submitter pays more', () => {
    fc.assert(
      fc.property(eligible, micro(50n * CR), (accounts, more) => {
        for (const { earnedMicroBySubmitter: earned } of accounts) {
          const counted = countedEarnings(earned, supply);
          expect(counted).toBeLessThanOrEqual(sum(earned.values()));
          for (const [submitter, amount] of earned)
            expect(countedEarnings(new Map([...earned, [submitter, amount + more]]), supply)).toBeGreaterThanOrEqual(counted);
        }
      }),
    );
  });

  it('divides what is issued and what was donated exactly, and gives nobody a negative part', () => {
    fc.assert(
      fc.property(eligible, micro(1_000n * CR), micro(1_000n * CR), (accounts, issuedMicro, donatedMicro) => {
        const split = splitAllowance({ issuedMicro, donatedMicro }, accounts, supply);
        const anybody = split.some(({ weightMicro }) => weightMicro > 0n);
        expect(sum(split.map((one) => one.issuedMicro))).toBe(anybody ? issuedMicro : 0n);
        expect(sum(split.map((one) => one.donatedMicro))).toBe(anybody ? donatedMicro : 0n);
        for (const one of split) {
          expect(one.issuedMicro).toBeGreaterThanOrEqual(0n);
          expect(one.donatedMicro).toBeGreaterThanOrEqual(0n);
          if (one.weightMicro === 0n) expect(one.issuedMicro + one.donatedMicro).toBe(0n);
        }
      }),
    );
  });

  it('needs an idle grid: no capacity is none', () => {
    expect(idleShare({ capacityMs: 1_000, busyMs: 250 })).toBe(0.75);
    expect(idleShare({ capacityMs: 1_000, busyMs: 3_000 })).toBe(0);
    expect(idleShare({ capacityMs: 0, busyMs: 0 })).toBe(0);
  });
});

describe('a donation', () => {
  it('is a share of the day’s earnings, at most what is available', () => {
    expect(donationOf({ earnedMicro: 101n, donatePercent: 50, availableMicro: 1_000n })).toBe(50n);
    expect(donationOf({ earnedMicro: 101n, donatePercent: 100, availableMicro: 7n })).toBe(7n);
    expect(donationOf({ earnedMicro: 101n, donatePercent: 100, availableMicro: -7n })).toBe(0n);
    expect(donationOf({ earnedMicro: 101n, donatePercent: 0, availableMicro: 1_000n })).toBe(0n);
  });
});

describe('a credit line', () => {
  it('is 5 CR at first, then a fifth of 30 days’ earnings, at most 200 CR', () => {
    const at = (days: number, earnedMicro: bigint): bigint => wantedLine({ checkedAt: daysAgo(days), earnedMicro }, supply, now);
    expect(at(0, 0n)).toBe(5n * CR);
    expect(at(29, 10n * CR)).toBe(5n * CR);
    expect(at(29, 100n * CR)).toBe(20n * CR);
    expect(at(30, 10n * CR)).toBe(2n * CR);
    expect(at(300, 0n)).toBe(0n);
    expect(at(300, 5_000n * CR)).toBe(200n * CR);
  });

  const holders: fc.Arbitrary<LineHolder[]> = fc.uniqueArray(
    fc.record({
      accountId: fc.uuid(),
      checkedAt: fc.integer({ min: 0, max: 60 }).map(daysAgo),
      earnedMicro: micro(2_000n * CR),
      lineMicro: micro(200n * CR),
      debtMicro: micro(200n * CR),
    }),
    { maxLength: 20, selector: ({ accountId }) => accountId },
  );

  it('never passes what its account may have, grows only within the cap of all, and always may shrink', () => {
    fc.assert(
      fc.property(holders, micro(2_000n * CR), (all, capMicro) => {
        const lines = assignLines(all, capMicro, supply, now);
        const counted = (of: (holder: LineHolder) => bigint): bigint =>
          sum(all.map((holder) => (of(holder) > holder.debtMicro ? of(holder) : holder.debtMicro)));
        const lineOf = ({ accountId }: LineHolder): bigint => lines.get(accountId) as bigint;
        for (const holder of all) {
          expect(lineOf(holder)).toBeGreaterThanOrEqual(0n);
          expect(lineOf(holder)).toBeLessThanOrEqual(wantedLine(holder, supply, now));
        }
        const before = counted(({ lineMicro }) => lineMicro);
        expect(counted(lineOf)).toBeLessThanOrEqual(before > capMicro ? before : capMicro);
      }),
    );
  });

  it('goes to the older account where there is not enough for both', () => {
    const holder = (accountId: string, days: number): LineHolder => ({
      accountId,
      checkedAt: daysAgo(days),
      earnedMicro: 0n,
      lineMicro: 0n,
      debtMicro: 0n,
    });
    expect(assignLines([holder('young', 1), holder('old', 2)], 7n * CR, supply, now)).toEqual(
      new Map([
        ['young', 2n * CR],
        ['old', 5n * CR],
      ]),
    );
    expect(lineCap({ commonsMicro: 60n * CR, stakesMicro: 10n * CR }, supply)).toBe(7n * CR);
  });
});

describe('a write-off', () => {
  const debtor = (accountId: string, debt: bigint, idleDays: number, heldMicro = 0n): Debtor => ({
    accountId,
    availableMicro: -debt,
    heldMicro,
    lastMovedAt: daysAgo(idleDays),
  });

  it('takes debts without a movement for 90 days, as far as insurance has it', () => {
    const debtors = [
      debtor('alive', 5n, 89),
      debtor('waits', 5n, 100, 1n),
      debtor('one', 5n, 90),
      debtor('two', 5n, 400),
      debtor('three', 5n, 91),
    ];
    expect(writeOffs(debtors, 8n, supply, now)).toEqual([
      { accountId: 'one', amountMicro: 5n },
      { accountId: 'two', amountMicro: 3n },
    ]);
    expect(writeOffs(debtors, 0n, supply, now)).toEqual([]);
  });
});

describe('standing', () => {
  const facts = {
    availableMicro: 0n,
    lineMicro: 0n,
    jobMicro: 13_000n,
    earnedMicro: 26_000n,
    spentMicro: 13_000n,
    servedJobs: 2,
    submittedJobs: 1,
    earnedPerHourMicro: undefined,
  };

  it('says what to do where nothing is left: serve, and for how long where that is known', () => {
    expect(standingOf(facts)).toMatchObject({
      canSubmit: false,
      hoursToServe: null,
      ratio: 2,
      explanation: expect.stringContaining('start a worker'),
    });
    expect(standingOf({ ...facts, earnedPerHourMicro: 6_500n })).toMatchObject({
      hoursToServe: 2,
      explanation: expect.stringContaining('about 2 hours'),
    });
    expect(standingOf({ ...facts, spentMicro: 0n }).ratio).toBeNull();
  });

  it('counts the credit line to what may be spent, and names a debt', () => {
    expect(standingOf({ ...facts, availableMicro: -1_000n, lineMicro: 27_000n })).toMatchObject({
      debtMicro: 1_000n,
      jobsLeft: 2n,
      canSubmit: true,
      hoursToServe: 0,
      explanation: expect.stringContaining('owes 0.001 CR of a credit line of 0.027 CR'),
    });
  });
});
