import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DomainError } from './domain-error.js';
import { allTime, currentMonth, pastMoment, periodOf } from './moments.js';

const now = new Date('2026-11-23T12:00:00.000Z');
const refusal = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    const { code, options } = error as DomainError;
    return [code, options.errors?.map(({ parameter }) => parameter)];
  }
};

describe('a period', () => {
  it.each([
    ['2026-11-01', '2026-11-02', '2026-11-01T00:00:00.000Z', '2026-11-03T00:00:00.000Z'],
    ['2026-11-01', '2026-11-01', '2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'],
    ['2026-11-01T10:00:00Z', '2026-11-01T12:30:00.5+02:00', '2026-11-01T10:00:00.000Z', '2026-11-01T10:30:00.500Z'],
    ['2024-02-29', undefined, '2024-02-29T00:00:00.000Z', '2026-11-23T12:00:00.001Z'],
    [undefined, '2026-11-24', '2026-11-01T00:00:00.000Z', '2026-11-25T00:00:00.000Z'],
  ])('from %s to %s includes the days that are named', (from, to, start, end) => {
    const period = periodOf({ from, to }, currentMonth(now), now);
    expect([period.from.toISOString(), period.to.toISOString()]).toEqual([start, end]);
  });

  it.each([
    ['from', { from: '2026-11-03', to: '2026-11-01' }],
    ['from', { from: '2026-11-03T00:00:00Z', to: '2026-11-03T00:00:00Z' }],
    ['from', { from: '0000-01-01' }],
    ['from', { from: '1999-12-31' }],
    ['from', { from: '2026-02-29' }],
    ['from', { from: '2026-13-01' }],
    ['from', { from: '2026-11-25' }],
    ['from', { from: '2026-11-01T24:00:00Z' }],
    ['from', { from: '2026-11-01 10:00:00Z' }],
    ['from', { from: '2026-11-01T10:00:00' }],
    ['from', { from: '26-11-01' }],
    ['from', { from: '+002026-11-01' }],
    ['from', { from: '' }],
    ['from', { from: '\u0662\u0660\u0662\u0666-11-01' }],
    ['to', { to: '2026-11-25' }],
    ['to', { to: '2999-01-01T00:00:00Z' }],
    ['to', { to: 'now' }],
  ])('with a wrong %s is refused by its name: %j', (parameter, query) => {
    expect(refusal(() => periodOf(query, allTime(now), now))).toEqual(['validation_failed', [parameter]]);
  });

  it('is a period or a refusal, whatever is asked for', () => {
    fc.assert(
      fc.property(fc.option(fc.string()), fc.option(fc.string()), (from, to) => {
        const found = refusal(() => periodOf({ from: from ?? undefined, to: to ?? undefined }, currentMonth(now), now));
        if (Array.isArray(found)) expect(found[0]).toBe('validation_failed');
      }),
    );
  });
});

describe('a moment of the past', () => {
  it('is itself, and a day is its end', () => {
    expect(pastMoment('at', '2026-11-23T12:00:00Z', now)).toEqual(now);
    expect(pastMoment('at', '2026-11-22', now)).toEqual(new Date('2026-11-22T23:59:59.999Z'));
  });

  it.each(['2026-11-23T12:00:00.001Z', '2026-11-23', '9999-12-31', '0000-00-00', 'x'])('is refused: %s', (text) => {
    expect(refusal(() => pastMoment('at', text, now))).toEqual(['validation_failed', ['at']]);
  });
});
