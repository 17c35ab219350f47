/** Bad input where credits are asked for or read: a clear error with the reason, and nothing moves. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSoundBooks } from '../support/books.js';
import { Grid } from '../support/grid.js';

interface Answer {
  status: number;
  body: { code: string; detail: string; nextCursor?: string; errors?: { pointer?: string; parameter?: string }[] };
}

describe('bad input about credits', () => {
  let grid: Grid;

  beforeAll(async () => {
    grid = await Grid.start();
    const { operator, developer } = grid.demo;
    for (const amount of ['1', '2']) {
      const body = { to: developer.accountId, amount, reason: 'to read about' };
      expect((await call('POST', '/v1/grants', operator.apiKey, body)).status).toBeLessThan(300);
    }
  });
  afterAll(() => grid.stop());

  async function call(method: string, path: string, apiKey: string, body?: unknown, key = randomUUID()): Promise<Answer> {
    const response = await fetch(grid.url + path, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  const grants = async (): Promise<number> =>
    (await grid.query<{ n: number }>('SELECT count(*)::integer AS n FROM ledger.transfers WHERE kind = 1'))[0]?.n as number;

  it.each([
    ['of nothing', { amount: '0' }, '/amount'],
    ['below zero', { amount: '-5' }, '/amount'],
    ['of a fraction', { amount: '1.5' }, '/amount'],
    ['in another notation', { amount: '1e3' }, '/amount'],
    ['in hexadecimal', { amount: '0x10' }, '/amount'],
    ['that is no number', { amount: 'plenty' }, '/amount'],
    ['that is empty', { amount: '' }, '/amount'],
    ['as a JSON number', { amount: 5 }, '/amount'],
    ['of null', { amount: null }, '/amount'],
    ['beyond 64 bits', { amount: '99999999999999999999' }, '/amount'],
    ['to issuance', { to: 'issuance' }, '/to'],
    ['to a held balance', { to: 'held' }, '/to'],
    ['to an id that is none', { to: 'acct_nonsense' }, '/to'],
    ['to nobody', { to: undefined }, '/to'],
    ['without a reason', { reason: '' }, '/reason'],
    ['with another field', { colour: 'red' }, '/colour'],
  ])('a grant %s is refused and names the field', async (_, change, pointer) => {
    const before = await grants();
    const body = { to: 'commons', amount: '1', reason: 'a good one', ...change };
    const answer = await call('POST', '/v1/grants', grid.demo.operator.apiKey, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(answer.body.errors?.map((error) => error.pointer)).toContain(pointer);
    expect(await grants()).toBe(before);
  });

  it('a grant to an account that is not there is not found', async () => {
    const body = { to: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz', amount: '1', reason: 'for nobody' };
    const answer = await call('POST', '/v1/grants', grid.demo.operator.apiKey, body);
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found', errors: [{ pointer: '/to' }] } });
  });

  it('grants until the books are full end in a refusal, not in an error of ours', async () => {
    const amount = '99999999999999999';
    const answers: Answer[] = [];
    // 2⁶³ holds ninety-two of them.
    for (let n = 0; n < 94 && (answers.at(-1)?.status ?? 201) < 300; n += 1)
      answers.push(await call('POST', '/v1/grants', grid.demo.operator.apiKey, { to: 'insurance', amount, reason: 'too much' }));
    const last = answers.at(-1) as Answer;
    expect(answers.length).toBeGreaterThan(90);
    expect(last).toMatchObject({ status: 400, body: { code: 'validation_failed', errors: [{ pointer: '/amount' }] } });
    expect(last.body.detail).toMatch(/64 bits/);
  });

  it('a grant’s key with another amount is a conflict', async () => {
    const body = { to: 'commons', amount: '5', reason: 'only once' };
    const key = randomUUID();
    expect((await call('POST', '/v1/grants', grid.demo.operator.apiKey, body, key)).status).toBeLessThan(300);
    const before = await grants();
    const answer = await call('POST', '/v1/grants', grid.demo.operator.apiKey, { ...body, amount: '6' }, key);
    expect(answer).toMatchObject({ status: 422, body: { code: 'idempotency_conflict' } });
    expect(await grants()).toBe(before);
  });

  it('a cursor of another query, another account or nobody is refused', async () => {
    const { developer, operator } = grid.demo;
    const { nextCursor } = (await call('GET', '/v1/ledger/entries?limit=1', developer.apiKey)).body;
    expect(nextCursor).toEqual(expect.any(String));
    const cursor = encodeURIComponent(nextCursor as string);
    expect((await call('GET', `/v1/ledger/entries?limit=1&cursor=${cursor}`, developer.apiKey)).status).toBe(200);
    for (const [apiKey, query] of [
      [developer.apiKey, `/v1/ledger/entries?limit=1&code=held&cursor=${cursor}`],
      [operator.apiKey, `/v1/ledger/entries?limit=1&cursor=${cursor}`],
      [developer.apiKey, `/v1/jobs?limit=1&cursor=${cursor}`],
      [developer.apiKey, `/v1/ledger/entries?cursor=${cursor.slice(0, -2)}`],
      [developer.apiKey, '/v1/ledger/entries?cursor=nonsense'],
    ] as const)
      expect(await call('GET', query, apiKey)).toMatchObject({ status: 400, body: { code: 'cursor_invalid' } });
  });

  it.each(['code=commons', 'code=all', 'limit=0', 'limit=-1', 'limit=many'])('entries with %s are refused', async (query) => {
    const [parameter] = query.split('=');
    const answer = await call('GET', `/v1/ledger/entries?${query}`, grid.demo.developer.apiKey);
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(answer.body.errors?.map((error) => error.parameter)).toContain(parameter);
  });

  it.each(['0', '-1', '1.5', '1e9', '0x1', 'abc', '99999999999999999999', '9223372036854775807', '%00', '%27', '1%20OR%201'])(
    'a transfer with the id %s is not found',
    async (id) => {
      const answer = await call('GET', `/v1/ledger/transfers/${id}`, grid.demo.developer.apiKey);
      expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
    },
  );

  it.each(['yesterday', '2026-13-01T00:00:00Z', '2026-02-30T00:00:00Z', '1.1.2026', ''])(
    'a trial balance as of “%s” is refused',
    async (at) => {
      const answer = await call('GET', `/v1/audit/trial-balance?at=${encodeURIComponent(at)}`, grid.demo.auditor.apiKey);
      expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
      expect(answer.body.errors?.map((error) => error.parameter)).toContain('at');
    },
  );

  it('leaves sound books', async () => {
    await expectSoundBooks(grid);
  });
});
