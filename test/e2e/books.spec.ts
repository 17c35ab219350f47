/** What auditors, account holders and everyone read of the books, over HTTP, from a grid that has done real work. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSoundBooks } from '../support/books.js';
import { Grid, until } from '../support/grid.js';
import { judged, judges } from '../support/reading.js';

interface TrialBalance {
  treeSize: string;
  balances: { name: string; balance: string }[];
  total: string;
}

describe('the books of a grid that works', () => {
  let grid: Grid;

  const get = (path: string, apiKey?: string): Promise<Response> =>
    fetch(`${grid.url}${path}`, { headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` } });
  const auditor = (path: string): Promise<Response> => get(path, grid.demo.auditor.apiKey);
  const trialBalance = async (): Promise<TrialBalance> =>
    (await auditor('/v1/audit/trial-balance')).json() as Promise<TrialBalance>;
  /** Everything that was posted has its leaf. */
  const sequenced = async (): Promise<TrialBalance> => {
    const [posted] = await grid.query<{ n: string }>('SELECT count(*) AS n FROM ledger.transfers');
    return until('all transfers have their leaves', async () => {
      const trial = await trialBalance();
      return trial.treeSize === posted?.n && trial;
    });
  };

  beforeAll(async () => {
    grid = await Grid.start();
    const owner = grid.demo.volunteers[0];
    if (!owner) throw new Error('the demo has no volunteer');
    await grid.startWorker('one', owner);
    const api = grid.api();
    await api.deploy({ name: 'double', runtime: 'js', source: 'export default (x) => 2 * x' });
    for (let n = 1; n <= 5; n += 1) expect(await api.invoke<number>('double', n)).toMatchObject({ output: 2 * n });
    // Nothing more moves while they are read.
    await grid.stopWorker('one');
  });
  afterAll(async () => {
    await expectSoundBooks(grid);
    await grid.stop();
  });

  it('are exported in files that hledger and ledger lead to the trial balance', async () => {
    const { balances, treeSize, total } = await sequenced();
    expect(total).toBe('0');
    const whole = await auditor('/v1/audit/journal');
    expect(whole.headers.get('tree-size')).toBe(treeSize);
    expect(whole.headers.get('next-cursor')).toBeNull();
    expect(whole.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const expected = inJournals({ balances });
    const texts = [await whole.text()];
    for (let cursor = ''; ; ) {
      const file = await auditor(`/v1/audit/journal?limit=4${cursor && `&cursor=${cursor}`}`);
      texts.push(await file.text());
      cursor = file.headers.get('next-cursor') ?? '';
      if (cursor === '') break;
    }
    expect(texts.length).toBeGreaterThan(3);
    if (!judges) return;
    for (const text of texts) expect(judged(text).ledger).toEqual(judged(text).hledger);
    expect(judged(texts[0] as string).hledger).toEqual(expected);
    expect(judged(texts.at(-1) as string).hledger).toEqual(expected);
  });

  it('are exported by the command, cut into files, and verified offline', async () => {
    await sequenced();
    const directory = join(grid.directory, 'books');
    const potluck = (...args: string[]): string =>
      execFileSync(process.execPath, ['dist/libs/cli/potluck.js', 'audit', ...args], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH ?? '', POTLUCK_URL: grid.url, POTLUCK_API_KEY: grid.demo.auditor.apiKey },
      });
    potluck('export', directory, '--files-of', '5', '--format', 'journal');
    expect(JSON.parse(potluck('verify', directory, '--json'))).toMatchObject({ ok: true });
    if (!judges) return;
    const texts = readdirSync(join(directory, 'journal'))
      .filter((name) => name.endsWith('.journal'))
      .sort();
    const last = readFileSync(join(directory, 'journal', texts.at(-1) as string), 'utf8');
    expect(judged(last).hledger).toEqual(inJournals(await trialBalance()));
  });

  it('give an export that was cut again, to the byte', async () => {
    await sequenced();
    const first = await auditor('/v1/audit/journal?format=ndjson&limit=3');
    const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
    const text = await first.text();
    expect(text.trimEnd().split('\n').at(-1)).toContain('"type":"end"');
    const again = await auditor(`/v1/audit/journal?format=ndjson&limit=3&cursor=${first.headers.get('cursor')}`);
    expect(digest(await again.text())).toBe(digest(text));
    // A reader that goes away in the middle costs nothing but what it read.
    const left = await auditor('/v1/audit/journal?format=ndjson');
    await left.body?.cancel();
    expect((await auditor('/v1/audit/trial-balance')).status).toBe(200);
  });

  it('tell an account what became of its credits, and an auditor of any account’s', async () => {
    const { accountId, apiKey } = grid.demo.developer;
    await sequenced();
    const own = await get('/v1/statements', apiKey);
    expect(own.headers.get('tree-size')).toMatch(/^\d+$/);
    const statement = (await own.json()) as { accountId: string; closing: Record<string, string>; entries: { kind: string }[] };
    expect(statement.accountId).toBe(accountId);
    expect(statement.closing).toEqual(
      await (await get('/v1/ledger/balances', apiKey)).json().then(({ available, held, stake }) => ({ available, held, stake })),
    );
    expect(new Set(statement.entries.map(({ kind }) => kind))).toContain('settle');
    expect((await get(`/v1/statements?accountId=${accountId}&format=csv`, grid.demo.auditor.apiKey)).status).toBe(200);
    const other = await get(`/v1/statements?accountId=${grid.demo.auditor.accountId}`, apiKey);
    expect([other.status, ((await other.json()) as { code: string }).code]).toEqual([403, 'insufficient_scope']);
  });

  it('show everyone the journals of the system, and nobody’s account', async () => {
    await sequenced();
    const answer = await get('/v1/log/system-journal?limit=1000');
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(text).not.toContain('acct_');
    const { data } = JSON.parse(text) as { data: { kind: string; legs: { balance: string; balanceAfter: string }[] }[] };
    const commons = data.flatMap(({ legs }) => legs).filter(({ balance }) => balance === 'commons');
    expect(commons.at(-1)?.balanceAfter).toBe((await trialBalance()).balances.find(({ name }) => name === 'commons')?.balance);
    for (const format of ['journal', 'csv'])
      expect(await (await get(`/v1/log/system-journal?format=${format}`)).text()).toContain('issuance');
  });

  it('list closed days; today is not one', async () => {
    expect(await (await auditor('/v1/audit/periods')).json()).toEqual({ data: [], nextCursor: null });
  });

  it.each([
    ['/v1/audit/trial-balance?at=2999-01-01T00:00:00Z', 'at', 'validation_failed'],
    ['/v1/audit/trial-balance?at=0000-01-01', 'at', 'validation_failed'],
    ['/v1/audit/trial-balance?at=2026-02-30', 'at', 'validation_failed'],
    ['/v1/audit/journal?from=2026-03-01&to=2026-02-01', 'from', 'validation_failed'],
    ['/v1/audit/journal?to=3000-01-01', 'to', 'validation_failed'],
    ['/v1/audit/journal?limit=0', 'limit', 'validation_failed'],
    ['/v1/audit/journal?limit=ten', 'limit', 'validation_failed'],
    ['/v1/audit/journal?format=pdf', 'format', 'validation_failed'],
    ['/v1/audit/journal?cursor=forged', 'cursor', 'cursor_invalid'],
    ['/v1/audit/periods?cursor=AAAA', 'cursor', 'cursor_invalid'],
    ['/v1/statements?from=yesterday', 'from', 'validation_failed'],
    ['/v1/statements?from=2026-03-01&from=2026-03-02', 'from', 'validation_failed'],
    ['/v1/log/system-journal?cursor=AAAA', 'cursor', 'cursor_invalid'],
    ['/v1/log/system-journal?limit=-1', 'limit', 'validation_failed'],
  ])('refuse %s, naming %s', async (path, parameter, code) => {
    const answer = await auditor(path);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const problem = (await answer.json()) as { code: string; errors: { parameter: string }[] };
    expect(problem.code).toBe(code);
    expect(new Set(problem.errors.map((error) => error.parameter))).toEqual(new Set([parameter]));
  });

  it('take a limit beyond 100,000 as that', async () => {
    expect((await auditor('/v1/audit/journal?limit=999999999')).status).toBe(200);
  });

  it.each(['/v1/audit/journal', '/v1/audit/periods', '/v1/audit/trial-balance'])(
    'are not a member’s to read: %s',
    async (path) => {
      expect((await get(path, grid.demo.developer.apiKey)).status).toBe(403);
      expect((await get(path)).status).toBe(401);
    },
  );
});

/** As journals name them, without what is 0. */
function inJournals({ balances }: Pick<TrialBalance, 'balances'>): Record<string, string> {
  const pairs = balances
    .filter(({ balance }) => balance !== '0')
    .map(({ name, balance }) => [name.replace('_', '-'), balance] as const);
  return Object.fromEntries(pairs.sort(([one], [other]) => (one < other ? -1 : 1)));
}
