import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { productionPolicy } from '#libs/policy/policy.js';
import { formatCredits, parseCredits } from './credits.js';
import { chargeOf, feeOf, holdFor, unitPrice } from './price.js';
import { splitPay, stakeShare } from './split-pay.js';

const { price, stake } = productionPolicy;

describe('a unit', () => {
  it('is max(10,000, ⌈(10 M + fuel + 1,000 × bytes) / 1,000⌉) µCR', () => {
    expect(unitPrice({ fuel: 0n, inputBytes: 0, outputBytes: 0 }, price)).toBe(10_000n);
    expect(unitPrice({ fuel: 1n, inputBytes: 0, outputBytes: 0 }, price)).toBe(10_001n);
    expect(unitPrice({ fuel: 1_000_000_000n, inputBytes: 20, outputBytes: 30 }, price)).toBe(1_010_050n);
  });

  it('is charged at R, rounded up, and one hundredth of it is the fee, rounded up', () => {
    expect(chargeOf(10_001n, 130)).toBe(13_002n);
    expect(feeOf(10_001n, price)).toBe(101n);
  });
});

describe('a settlement', () => {
  const settled = fc.record({
    unit: fc.bigInt(10_000n, 10_000_000n),
    rate: fc.integer({ min: 100, max: 300 }),
    executions: fc.integer({ min: 0, max: 6 }),
    commonsMicro: fc.bigInt(0n, 100_000_000n),
  });

  it('divides exactly what was charged, whatever commons can give, and never takes more than commons has', () => {
    fc.assert(
      fc.property(settled, ({ unit, rate, executions, commonsMicro }) => {
        const charge = chargeOf(unit, rate);
        const { payEach, commons, shortfall } = splitPay({ unit, charge, executions, commonsMicro }, price);
        expect(payEach * BigInt(executions) + commons).toBe(charge);
        expect(payEach).toBeGreaterThanOrEqual(0n);
        expect(commonsMicro + commons).toBeGreaterThanOrEqual(0n);
        if (!shortfall && executions > 0) expect(payEach).toBe(unit - feeOf(unit, price));
      }),
    );
  });

  it('never asks for more than was held at the limits', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 1_000_000_000n),
        fc.nat(1_000),
        fc.nat(1_000),
        fc.integer({ min: 100, max: 300 }),
        (fuel, input, output, rate) => {
          const held = holdFor(
            { fuelLimit: 1_000_000_000n, inputBytes: input, maxOutputBytes: 1_000, rateHundredths: rate },
            price,
          );
          expect(chargeOf(unitPrice({ fuel, inputBytes: input, outputBytes: output }, price), rate)).toBeLessThanOrEqual(held);
        },
      ),
    );
  });

  it('puts unchecked pay into stake, half of checked pay until stake is full, and the odd µCR into stake', () => {
    const earned = { pay: 101n, stakeMicro: 0n, fullStakeMicro: 400n };
    expect(stakeShare({ ...earned, checked: false }, stake)).toEqual({ available: 0n, stake: 101n });
    expect(stakeShare({ ...earned, checked: true }, stake)).toEqual({ available: 50n, stake: 51n });
    expect(stakeShare({ ...earned, checked: true, stakeMicro: 400n }, stake)).toEqual({ available: 101n, stake: 0n });
  });
});

it('credits read back as they were written', () => {
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 17n), 10n ** 17n), (micro) => {
      expect(parseCredits(formatCredits(micro))).toBe(micro);
    }),
  );
});
