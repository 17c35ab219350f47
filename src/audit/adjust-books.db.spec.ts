/** Corrections by people, on real books: who may approve what, what the ledger refuses, and what it says of those who agreed. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { demoPolicy } from '#libs/policy/policy.js';
import { encodeId, newId } from '#libs/signing/ids.js';
import { donate, earnStake, fund, grant, hold, openBooks, release, settle, type TestBooks } from '../../test/support/ledger.js';
import { Accounts } from '../accounts/accounts.js';
import type { Caller } from '../http/caller.js';
import type { DomainError } from '../http/domain-error.js';
import { Idempotency } from '../http/idempotency.js';
import { scopesOf } from '../http/scopes.js';
import { Settings } from '../settings/settings.js';
import { AdjustBooks, type Correction } from './adjust-books.js';
import { type Adjustment, Adjustments } from './adjustments.js';
import { PostAdjustment } from './post-adjustment.js';

let books: TestBooks;
let adjustments: Adjustments;
/** Two approvals, as in production; and one, as on the demo. */
let four: AdjustBooks;
let alone: AdjustBooks;
let auditor: Caller;
let operators: Caller[];
let member: string;

beforeAll(async () => {
  books = await openBooks();
  const { dataSource, transaction, ledger } = books;
  adjustments = new Adjustments(dataSource);
  const accounts = new Accounts(dataSource, ledger);
  const withApprovals = (approvals: number): AdjustBooks =>
    new AdjustBooks(
      transaction,
      new Idempotency(dataSource),
      accounts,
      adjustments,
      new PostAdjustment(ledger),
      new Settings({ policy: { ...demoPolicy, supply: { ...demoPolicy.supply, approvals } } } as Settings),
    );
  [four, alone] = [withApprovals(2), withApprovals(1)];
  const caller = async (role: 'auditor' | 'operator'): Promise<Caller> => {
    const accountId = newId();
    await transaction.run((tx) => accounts.insert(tx, { id: accountId, name: role, role }));
    return { accountId, keyId: newId(), scopes: scopesOf(role), role, dailySpendCapMicro: null };
  };
  auditor = await caller('auditor');
  operators = [await caller('operator'), await caller('operator'), await caller('operator')];
  member = newId();
  await transaction.run((tx) => accounts.insert(tx, { id: member, name: 'member', role: 'member' }));
  await books.post(grant(member, 1_000n), fund('commons', 10_000n), fund('insurance', 10_000n));
});
afterEach(async () => {
  expect(await books.brokenLaws()).toEqual({});
});
afterAll(() => books.close());

const keyed = (): { key: string; bodyHash: Buffer } => ({ key: newId(), bodyHash: randomBytes(32) });
const available = (owner: string): string => `${encodeId('acct', owner)}:available`;
const refund = (amount: bigint): Correction => ({
  reason: 'refund agreed in ticket 71',
  legs: [
    { balance: 'commons', amount: `${-amount}` },
    { balance: available(member), amount: `${amount}` },
  ],
});

async function proposed(by: Caller, asked: Correction, through = four): Promise<Adjustment> {
  const { id } = await through.propose(by, asked, keyed());
  return (await adjustments.byId(id)) as Adjustment;
}

const approved = async (by: Caller, id: string): Promise<Adjustment> => {
  await four.approve(by, id, keyed());
  return (await adjustments.byId(id)) as Adjustment;
};

/** The code of the refusal, with the pointers that it names. */
const refusal = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    (error: DomainError) => [error.code, ...(error.options?.errors ?? []).flatMap(({ pointer }) => pointer ?? [])].join(' '),
  );

describe('approvals', () => {
  it('come from two other operators’ accounts, and the last one posts with reason and names', async () => {
    const asked = await proposed(auditor, refund(25n));
    expect(asked).toMatchObject({ state: 'waiting', approvals: [], approvalsNeeded: 2, transferId: null });
    expect(await approved(operators[0]!, asked.id)).toMatchObject({ state: 'waiting', transferId: null });
    const before = (await books.balances(member)).availableMicro;
    const posted = await approved(operators[1]!, asked.id);
    expect(posted).toMatchObject({ state: 'posted', endedBy: operators[1]!.accountId });
    expect((await books.balances(member)).availableMicro).toBe(before + 25n);
    const [words] = await books.asOwner('SELECT memo, meta FROM ledger.transfer_meta WHERE transfer_id = $1', [
      posted.transferId,
    ]);
    expect(words).toEqual({
      memo: 'refund agreed in ticket 71',
      meta: {
        adjustment: encodeId('adj', asked.id),
        proposedBy: encodeId('acct', auditor.accountId),
        approvedBy: [operators[0]!, operators[1]!].map(({ accountId }) => encodeId('acct', accountId)),
      },
    });
  });

  it('are never the proposer’s own, nor twice the same account’s, nor given after the end', async () => {
    const { id } = await proposed(operators[0]!, refund(1n));
    expect(await refusal(four.approve(operators[0]!, id, keyed()))).toBe('forbidden');
    await approved(operators[1]!, id);
    expect(await refusal(four.approve(operators[1]!, id, keyed()))).toBe('conflict');
    await approved(operators[2]!, id);
    expect(await refusal(four.approve(operators[1]!, id, keyed()))).toBe('conflict');
    expect(await refusal(four.reject(operators[1]!, id))).toBe('conflict');
    expect(await refusal(four.approve(operators[1]!, newId(), keyed()))).toBe('not_found');
  });

  it('post once when the last two come at the same time', async () => {
    const { id } = await proposed(auditor, refund(3n));
    const before = (await books.balances(member)).availableMicro;
    const ends = await Promise.all(operators.map((operator) => refusal(four.approve(operator, id, keyed()))));
    expect(ends.sort()).toEqual(['conflict', 'done', 'done']);
    expect((await books.balances(member)).availableMicro).toBe(before + 3n);
  });

  it('are one where the policy says one: an operator’s proposal is posted, an auditor’s waits for an operator', async () => {
    expect(await proposed(operators[0]!, refund(2n), alone)).toMatchObject({
      state: 'posted',
      approvalsNeeded: 1,
      approvals: [{ by: operators[0]!.accountId }],
    });
    const waiting = await proposed(auditor, refund(2n), alone);
    expect(waiting.state).toBe('waiting');
    await alone.approve(operators[0]!, waiting.id, keyed());
    expect((await adjustments.byId(waiting.id))?.state).toBe('posted');
  });

  it('answer a repeated key with the same adjustment, and post nothing again', async () => {
    const request = keyed();
    const first = await alone.propose(operators[0]!, refund(4n), request);
    const before = (await books.balances(member)).availableMicro;
    expect(await alone.propose(operators[0]!, refund(4n), request)).toEqual({ id: first.id, replayed: true });
    expect((await books.balances(member)).availableMicro).toBe(before);
    expect(await refusal(alone.propose(operators[0]!, refund(4n), { ...request, bodyHash: randomBytes(32) }))).toBe(
      'idempotency_conflict',
    );
  });

  it('end with a rejection, a withdrawal or the proposal’s time', async () => {
    const [first, second, third] = [
      await proposed(auditor, refund(1n)),
      await proposed(auditor, refund(1n)),
      await proposed(auditor, refund(1n)),
    ];
    await four.reject(operators[0]!, first.id);
    await four.reject(operators[0]!, first.id);
    expect((await adjustments.byId(first.id))?.state).toBe('rejected');
    const stranger = { ...auditor, accountId: newId() };
    expect(await refusal(four.reject(stranger, second.id))).toBe('insufficient_scope');
    await four.reject(auditor, second.id);
    expect(await refusal(four.approve(operators[0]!, second.id, keyed()))).toBe('conflict');
    await books.asOwner(`UPDATE adjustments SET expires_at = now() - interval '1 second' WHERE id = $1`, [third.id]);
    expect((await adjustments.byId(third.id))?.state).toBe('expired');
    expect(await refusal(four.approve(operators[0]!, third.id, keyed()))).toBe('conflict');
  });
});

describe('what cannot be asked', () => {
  const legs = (...asked: [string, string][]): Correction => ({
    reason: 'because',
    legs: asked.map(([balance, amount]) => ({ balance, amount })),
  });
  const MOST = '9223372036854775807';
  it.each<[string, () => Correction, string]>([
    ['nothing', () => legs(['commons', '0'], ['insurance', '0']), 'validation_failed /legs/0/amount /legs/1/amount'],
    ['from a balance to itself', () => legs(['commons', '5'], ['commons', '-5']), 'validation_failed /legs/1/balance'],
    ['sums that are not 0', () => legs(['commons', '-5'], ['insurance', '6']), 'unbalanced /legs'],
    [
      'more than 64 bits',
      () => legs(['commons', '-9999999999999999999'], ['insurance', '9999999999999999999']),
      'validation_failed /legs/0/amount /legs/1/amount',
    ],
    ['an unknown account', () => legs(['commons', '-5'], [available(newId()), '5']), 'not_found /legs/1/balance'],
    ['no balance at all', () => legs(['commons', '-5'], ['savings', '5']), 'validation_failed /legs/1/balance'],
    [
      'an account without its balance',
      () => legs(['commons', '-5'], [encodeId('acct', newId()), '5']),
      'validation_failed /legs/1/balance',
    ],
    ['held', () => legs(['commons', '-5'], [`${encodeId('acct', member)}:held`, '5']), 'kind_not_allowed /legs/1/balance'],
    ['an overflow', () => legs(['issuance', `-${MOST}`], ['commons', MOST]), 'overflow'],
    ['more than there is', () => legs([available(member), '-999999'], ['commons', '999999']), 'insufficient_credits'],
    ['more than commons has', () => legs(['commons', '-999999'], ['insurance', '999999']), 'insufficient_credits'],
    ['to undo what is not there', () => ({ reason: 'because', reverses: '999999' }), 'not_reversible /reverses'],
  ])('%s', async (_, asked, code) => {
    expect(await refusal(alone.propose(operators[0]!, asked(), keyed()))).toBe(code);
  });

  it('leaves neither a proposal nor a key behind', async () => {
    const [before] = await books.asOwner('SELECT count(*) AS n FROM adjustments');
    const request = keyed();
    const asked = refund(999_999n);
    expect(await refusal(alone.propose(operators[0]!, asked, request))).toBe('insufficient_credits');
    expect(await refusal(alone.propose(operators[0]!, asked, request))).toBe('insufficient_credits');
    expect(await books.asOwner('SELECT count(*) AS n FROM adjustments')).toEqual([before]);
  });

  it('a debit of a frozen account', async () => {
    await books.dataSource.query('SELECT ledger.set_frozen($1, true, $2, $3)', [member, operators[0]!.accountId, 'looked into']);
    const asked: Correction = {
      reason: 'because',
      legs: [
        { balance: available(member), amount: '-1' },
        { balance: 'commons', amount: '1' },
      ],
    };
    expect(await refusal(alone.propose(operators[0]!, asked, keyed()))).toBe('account_frozen');
    await books.dataSource.query('SELECT ledger.set_frozen($1, false, $2, $3)', [member, operators[0]!.accountId, 'cleared']);
  });
});

describe('a reversal', () => {
  const undo = (reverses: unknown): Correction => ({ reason: 'posted by mistake', reverses: String(reverses) });
  const posted = async (...transfers: Parameters<TestBooks['post']>): Promise<string> => {
    const outcome = (await books.post(...transfers)).at(-1);
    if (outcome?.state !== 'posted') throw new Error('not posted');
    return outcome.transferId.toString();
  };

  it('undoes a grant whole and once, and may itself be undone', async () => {
    const transferId = await posted(grant(member, 500n));
    const before = (await books.balances(member)).availableMicro;
    const undone = await proposed(operators[0]!, undo(transferId), alone);
    expect(undone.state).toBe('posted');
    expect((await books.balances(member)).availableMicro).toBe(before - 500n);
    expect(await refusal(alone.propose(operators[0]!, undo(transferId), keyed()))).toBe('not_reversible /reverses');
    await proposed(operators[0]!, undo(undone.transferId), alone);
    expect((await books.balances(member)).availableMicro).toBe(before);
  });

  it('undoes stake into and out of buckets', async () => {
    const worker = await books.account();
    const earned = await posted(earnStake(worker, 40n));
    await proposed(operators[0]!, undo(earned), alone);
    expect((await books.balances(worker)).stakeMicro).toBe(0n);
  });

  it('is not to be had of a settle, a hold or a release', async () => {
    const worker = await books.account();
    const [first, second] = [newId(), newId()];
    const held = await posted(hold(member, 10n, { reference: first }));
    await books.post(hold(member, 10n, { reference: second }));
    const settled = await posted(settle({ payer: member, holdId: first, part: 10n }, { worker, pay: 10n }));
    const released = await posted(release({ payer: member, holdId: second, part: 10n }));
    for (const id of [held, settled, released])
      expect(await refusal(four.propose(auditor, undo(id), keyed()))).toBe('not_reversible /reverses');
  });

  it('of what was spent meanwhile is refused, and of what was undone meanwhile too', async () => {
    const spender = await books.account();
    const transferId = await posted(grant(spender, 50n));
    await books.post(donate(spender, 20n));
    expect(await refusal(alone.propose(operators[0]!, undo(transferId), keyed()))).toBe('insufficient_credits');
    const granted = await posted(grant(spender, 5n));
    const [one, other] = [await proposed(auditor, undo(granted)), await proposed(auditor, undo(granted))];
    for (const { id } of [one, other]) await approved(operators[0]!, id);
    const ends = await Promise.all([one, other].map(({ id }) => refusal(four.approve(operators[1]!, id, keyed()))));
    expect(ends.map((end) => String(end).split(' ')[0]).sort()).toEqual(['done', 'not_reversible']);
  });
});
