/** The operator's and the auditor's side of the books, over HTTP: freezing, corrections, the report, the metrics. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/signing/ids.js';
import { expectSoundBooks } from '../support/books.js';
import { type Credential, Grid, until } from '../support/grid.js';

let grid: Grid;
let operator: Credential;
let auditor: Credential;
let member: Credential;

beforeAll(async () => {
  grid = await Grid.start();
  ({ operator, auditor, developer: member } = grid.demo);
});
afterAll(async () => {
  await expectSoundBooks(grid);
  await grid.stop();
});

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, looked at field by field
  body: any;
  headers: Headers;
}

async function call(
  method: string,
  path: string,
  who: Credential | undefined,
  body?: unknown,
  key: string = newId(),
): Promise<Answer> {
  const response = await fetch(`${grid.url}${path}`, {
    method,
    headers: {
      ...(who ? { authorization: `Bearer ${who.apiKey}` } : {}),
      ...(method === 'POST' ? { 'idempotency-key': key } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, body: json ? JSON.parse(text) : text, headers: response.headers };
}

const reason = 'looked into, case 71';

describe('freezing', () => {
  it('stops an account’s submissions with 403 account_frozen, and says why to its owner', async () => {
    const api = grid.api(member.apiKey);
    await api.deploy({ name: 'double', runtime: 'js', source: 'export default (x) => x * 2;' });
    const key = newId();
    const frozen = await call('POST', `/v1/accounts/${member.accountId}/freeze`, operator, { reason }, key);
    expect(frozen).toMatchObject({
      status: 200,
      body: { accountId: member.accountId, frozen: true, by: operator.accountId, reason },
    });
    const again = await call('POST', `/v1/accounts/${member.accountId}/freeze`, operator, { reason }, key);
    expect(again.body).toEqual(frozen.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await call('POST', '/v1/jobs', member, { function: 'double', input: 4 })).toMatchObject({
      status: 403,
      body: { code: 'account_frozen' },
    });
    expect((await call('GET', '/v1/ledger/balances', member)).body).toMatchObject({ frozen: true, frozenReason: reason });
    expect(await call('POST', `/v1/accounts/${member.accountId}/freeze`, operator, { reason })).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
    expect((await call('POST', `/v1/accounts/${member.accountId}/unfreeze`, operator, { reason: 'cleared' })).status).toBe(200);
    expect((await call('POST', '/v1/jobs', member, { function: 'double', input: 4 })).status).toBe(202);
    const { body } = await call('GET', `/v1/accounts/${member.accountId}/freezes`, auditor);
    expect(body.data.map((row: { frozen: boolean; reason: string }) => [row.frozen, row.reason])).toEqual([
      [false, 'cleared'],
      [true, reason],
    ]);
  });

  it.each([
    ['by a member', () => member, () => member.accountId, { reason }, 403, 'insufficient_scope'],
    ['by an auditor', () => auditor, () => member.accountId, { reason }, 403, 'insufficient_scope'],
    ['of an unknown account', () => operator, () => `acct_${'0'.repeat(26)}`, { reason }, 404, 'not_found'],
    ['of something else', () => operator, () => 'job_1', { reason }, 404, 'not_found'],
    ['of commons', () => operator, () => 'commons', { reason }, 400, 'validation_failed'],
    ['without a reason', () => operator, () => member.accountId, {}, 400, 'validation_failed'],
    ['with an empty reason', () => operator, () => member.accountId, { reason: '   ' }, 400, 'validation_failed'],
  ])('%s is refused', async (_, who, id, body, status, code) => {
    expect(await call('POST', `/v1/accounts/${id()}/freeze`, who(), body)).toMatchObject({ status, body: { code } });
  });
});

describe('adjustments', () => {
  const legs = (amount: string): object[] => [
    { balance: 'commons', amount: `-${amount}` },
    { balance: `${member.accountId}:available`, amount },
  ];

  it('are posted with an operator’s proposal where the policy asks for one approval, and undone by a reversal', async () => {
    const posted = await call('POST', '/v1/audit/adjustments', operator, { reason, legs: legs('250000') });
    expect(posted).toMatchObject({
      status: 201,
      body: { state: 'posted', kind: 'adjustment', approvalsNeeded: 1, approvals: [{ by: operator.accountId }] },
    });
    const { transferId } = posted.body;
    expect((await call('GET', `/v1/ledger/transfers/${transferId}`, auditor)).body).toMatchObject({
      kind: 'adjustment',
      memo: reason,
      meta: { approvedBy: [operator.accountId] },
    });
    const undone = await call('POST', '/v1/audit/adjustments', operator, { reason, reverses: transferId });
    expect(undone).toMatchObject({ status: 201, body: { state: 'posted', kind: 'reversal', reverses: transferId } });
    const twice = await call('POST', '/v1/audit/adjustments', operator, { reason, reverses: transferId });
    expect(twice).toMatchObject({ status: 409, body: { code: 'not_reversible', errors: [{ pointer: '/reverses' }] } });
  });

  it('wait for an operator where an auditor proposes', async () => {
    const asked = await call('POST', '/v1/audit/adjustments', auditor, { reason, legs: legs('10') });
    expect(asked.body).toMatchObject({ state: 'waiting', approvals: [] });
    expect(await call('POST', `/v1/audit/adjustments/${asked.body.id}/approve`, auditor)).toMatchObject({
      status: 403,
      body: { code: 'insufficient_scope' },
    });
    expect(await call('POST', `/v1/audit/adjustments/${asked.body.id}/approve`, operator)).toMatchObject({
      status: 200,
      body: { state: 'posted' },
    });
    const other = await call('POST', '/v1/audit/adjustments', auditor, { reason, legs: legs('10') });
    expect(await call('DELETE', `/v1/audit/adjustments/${other.body.id}`, auditor)).toMatchObject({
      status: 200,
      body: { state: 'rejected' },
    });
    const page = await call('GET', '/v1/audit/adjustments?limit=2', auditor);
    expect(page.body.data.map(({ id }: { id: string }) => id)).toEqual([other.body.id, asked.body.id]);
    const next = await call('GET', `/v1/audit/adjustments?limit=2&cursor=${page.body.nextCursor}`, auditor);
    expect(next.body.data.length).toBeGreaterThan(0);
    expect((await call('GET', `/v1/audit/adjustments/${asked.body.id}`, member)).status).toBe(403);
    expect((await call('GET', '/v1/audit/adjustments/adj_1', auditor)).status).toBe(404);
  });

  it.each([
    ['neither legs nor a transfer', {}, 400, '/legs'],
    ['both', { legs: [], reverses: '1' }, 400, '/legs'],
    ['one leg', { legs: [{ balance: 'commons', amount: '1' }] }, 400, '/legs'],
    ['21 legs', { legs: Array.from({ length: 21 }, () => ({ balance: 'commons', amount: '1' })) }, 400, '/legs'],
    [
      'a number',
      {
        legs: [
          { balance: 'commons', amount: -5 },
          { balance: 'insurance', amount: 5 },
        ],
      },
      400,
      '/legs/0/amount',
    ],
    [
      'a zero',
      {
        legs: [
          { balance: 'commons', amount: '0' },
          { balance: 'insurance', amount: '0' },
        ],
      },
      400,
      '/legs/0/amount',
    ],
    [
      'more than 64 bits',
      {
        legs: [
          { balance: 'commons', amount: '-9223372036854775808' },
          { balance: 'insurance', amount: '9223372036854775808' },
        ],
      },
      400,
      '/legs/0/amount',
    ],
    [
      'itself',
      {
        legs: [
          { balance: 'commons', amount: '-5' },
          { balance: 'commons', amount: '5' },
        ],
      },
      400,
      '/legs/1/balance',
    ],
    [
      'a sum',
      {
        legs: [
          { balance: 'commons', amount: '-5' },
          { balance: 'insurance', amount: '6' },
        ],
      },
      422,
      '/legs',
    ],
    ['words', { reverses: 'the last one' }, 400, '/reverses'],
    ['a transfer that is not there', { reverses: '999999999' }, 409, '/reverses'],
  ])('refuse %s and name the place', async (_, body, status, pointer) => {
    const answer = await call('POST', '/v1/audit/adjustments', operator, { reason, ...body });
    expect({ status: answer.status, first: answer.body.errors?.[0]?.pointer }).toEqual({ status, first: pointer });
  });
});

describe('the report', () => {
  it('names all fifteen laws with range and time, and every one holds, also over everything', async () => {
    const full = await call('GET', '/v1/audit/integrity?full=true', auditor);
    expect(full).toMatchObject({ status: 200, body: { ok: true, overdueHolds: 0 } });
    const { body } = await call('GET', '/v1/audit/integrity', auditor);
    expect(body.invariants.slice(0, 15).map(({ id }: { id: string }) => id)).toEqual(
      Array.from({ length: 15 }, (_, n) => `I${n + 1}`),
    );
    for (const law of body.invariants)
      expect(law).toMatchObject({ ok: true, range: expect.stringMatching(/\w/), fullCheckedAt: expect.any(String) });
    expect((await call('GET', '/v1/audit/integrity', member)).status).toBe(403);
    expect((await call('GET', '/v1/audit/integrity?full=perhaps', auditor)).status).toBe(400);
  });

  it('and the metrics show a violation within a minute, until a full check finds it gone', async () => {
    await grid.query(`INSERT INTO ledger.buckets SELECT owner_id, now(), 1 FROM ledger.balances WHERE code = 6 LIMIT 1`);
    await until(
      'the sweep names I9',
      async () => (await call('GET', '/metrics', undefined)).body.includes('ledger_invariant_ok{law="I9"} 0'),
      60_000,
    );
    const broken = await call('GET', '/v1/audit/integrity', auditor);
    expect(broken.body).toMatchObject({ ok: false });
    await until('it is logged', async () => grid.output.includes('the books break I9'), 10_000);
    await grid.query('DELETE FROM ledger.buckets WHERE amount = 1');
    expect((await call('GET', '/v1/audit/integrity?full=true', auditor)).body).toMatchObject({ ok: true });
    const { body, headers } = await call('GET', '/metrics', undefined);
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    expect(body).toContain('ledger_invariant_ok{law="I9"} 1');
    for (const name of [
      'ledger_violations_total{law="I9"}',
      'ledger_last_check_age_seconds',
      'ledger_log_lag_ms',
      'ledger_overdue_holds 0',
      'potluck_database_up 1',
      'potluck_database_connections{state="idle"}',
      'process_cpu_user_seconds_total',
      'potluck_http_request_seconds_count{method="POST",route="/v1/audit/adjustments",status="201"}',
    ])
      expect(body).toContain(name);
    expect(body).not.toContain('acct_');
  });
});
