import { describe, expect, it } from 'vitest';
import { productionPolicy as policy } from '#libs/policy/policy.js';
import { credibility, effectiveCount, logOddsMicro, refereeLogOddsMicro } from './credibility.js';
import { decide, type Situation, type Vote, wantedOf } from './verdict.js';

const { credibility: figures } = policy;
const standard = wantedOf('standard', policy);

let made = 0;
function vote(change: Partial<Vote> & { cr?: number } = {}): Vote {
  made += 1;
  const { cr = 0.98, ...rest } = change;
  return {
    owner: `owner ${made}`,
    referee: false,
    newcomer: false,
    logOddsMicro: logOddsMicro(cr),
    outcome: 'ok',
    outputDigest: 'aa',
    fuel: 5n,
    ...rest,
  };
}
const newcomer = (change: Partial<Vote> = {}): Vote => vote({ cr: 0.8, newcomer: true, ...change });
const referee = (change: Partial<Vote> = {}): Vote => ({
  ...vote(change),
  owner: 'referee',
  referee: true,
  logOddsMicro: refereeLogOddsMicro(figures),
});

function situation(votes: Vote[], change: Partial<Situation> = {}): Situation {
  const leases = votes.length;
  return {
    votes,
    leases,
    hostFailures: 0,
    openExecutions: 0,
    participantElsewhereOnline: true,
    refereeAsked: false,
    refereeAway: false,
    aloneAllowed: false,
    ...change,
  };
}

describe('credibility', () => {
  it('begins at 1 − f, grows as 1 − f/k and stops at its cap', () => {
    expect([0, 1, 2, 20].map((k) => credibility(k, figures))).toEqual([0.8, 0.8, 0.9, 0.99]);
    expect(credibility(1e9, figures)).toBe(1 - 1e-5);
  });

  it('lets agreements count at most four times what was confirmed', () => {
    expect(effectiveCount({ kAudit: 2, kVote: 100 }, figures)).toBe(10);
    expect(effectiveCount({ kAudit: 0, kVote: 100 }, figures)).toBe(0);
  });
});

describe('a verdict', () => {
  it('accepts two participants who agree, at the stated probability', () => {
    expect(decide(situation([vote(), vote()]), standard, policy)).toMatchObject({
      state: 'accepted',
      credibility: expect.closeTo(0.99958, 4),
    });
  });

  it('never takes one result alone unless it may stand alone', () => {
    const one = vote({ cr: 0.9999 });
    expect(decide(situation([one]), standard, policy)).toMatchObject({ state: 'more' });
    expect(decide(situation([one], { aloneAllowed: true }), standard, policy)).toMatchObject({ state: 'accepted' });
  });

  it('never takes newcomers among themselves, however many agree', () => {
    expect(decide(situation([newcomer(), newcomer(), newcomer(), newcomer()]), standard, policy).state).toBe('more');
  });

  it('asks the referee at once where a newcomer has voted and no participant is online', () => {
    expect(decide(situation([newcomer()], { participantElsewhereOnline: false }), standard, policy)).toEqual({
      state: 'referee',
    });
  });

  it('adds a task where results differ, and asks the referee after five', () => {
    const split = [vote(), vote({ outputDigest: 'bb' })];
    expect(decide(situation(split), standard, policy).state).toBe('more');
    const five = ['aa', 'bb', 'cc', 'dd', 'ee'].map((outputDigest) => vote({ outputDigest }));
    expect(decide(situation(five), standard, policy).state).toBe('referee');
  });

  it('is the referee’s, whatever stands against it', () => {
    const votes = [vote({ outputDigest: 'bb', cr: 0.99999 }), vote({ outputDigest: 'bb', cr: 0.99999 }), referee()];
    expect(decide(situation(votes), standard, policy)).toMatchObject({ state: 'accepted', group: [{ referee: true }] });
  });

  it('compares outcome, output and fuel: the same bytes with other fuel are another result', () => {
    expect(decide(situation([vote(), vote({ fuel: 6n })]), standard, policy).state).toBe('more');
  });

  it('counts an owner once', () => {
    const one = vote();
    expect(decide(situation([one, { ...one }]), standard, policy).state).toBe('more');
  });

  it('wants three owners for high and the referee for strict', () => {
    const high = wantedOf('high', policy);
    expect(decide(situation([vote(), vote()]), high, policy).state).toBe('more');
    expect(decide(situation([vote(), vote(), vote()]), high, policy).state).toBe('accepted');
    expect(decide(situation([vote(), vote(), vote()]), wantedOf('strict', policy), policy).state).toBe('referee');
  });

  it('is inconclusive only where the referee was asked and is away', () => {
    expect(decide(situation([newcomer()], { refereeAsked: true }), standard, policy).state).toBe('wait');
    expect(decide(situation([newcomer()], { refereeAsked: true, refereeAway: true }), standard, policy).state).toBe(
      'inconclusive',
    );
  });
});
