/** Submit X, serve Y, over HTTP: the first checked result brings a line, the line pays for a job, and everybody may see it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSoundBooks } from '../support/books.js';
import { type Credential, Grid, until } from '../support/grid.js';

/** What the tests below look into; the rest is matched as a whole. */
interface Body {
  code?: string;
  jobsServed30d: number;
  balances: { issuance: string };
  capacity: { threads: number };
  throughput: { settledLastHour: number; settledLastDay: number };
}

describe('a grid of two volunteers', () => {
  let grid: Grid;
  let volunteer: Credential;

  const get = async (path: string, apiKey?: string): Promise<{ status: number; body: Body }> => {
    const response = await fetch(`${grid.url}${path}`, { headers: apiKey ? { authorization: `Bearer ${apiKey}` } : {} });
    return { status: response.status, body: (await response.json()) as Body };
  };

  beforeAll(async () => {
    grid = await Grid.start();
    volunteer = grid.demo.volunteers[0]!;
    await grid.startWorker('one', volunteer);
    await grid.startWorker('two', grid.demo.volunteers[1]!);
    await grid.api().deploy({ name: 'square', runtime: 'js', source: 'export default (n) => n * n' });
  });
  afterAll(() => grid.stop());

  it('refuses who has neither credits nor a line, and says how to come by them', async () => {
    const { apiKey } = await grid.api().createAccount({ name: 'nobody yet' });
    const poor = grid.api(apiKey.secret!);
    await poor.deploy({ name: 'mine', runtime: 'js', source: 'export default (n) => n' });
    const refusal = await poor.invoke('mine', 1).catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      status: 402,
      code: 'insufficient_credits',
      message: expect.stringContaining('first checked result of an own node'),
    });
    expect((await get('/v1/standing', apiKey.secret!)).body).toMatchObject({
      creditLine: '0',
      canSubmit: false,
      hoursToServe: null,
      explanation: expect.stringContaining('start a worker'),
    });
  });

  it('gives a line with the first checked result, which then pays for a job into debt', async () => {
    await until('a line is there', async () => {
      await grid.api().invoke('square', 5, { assurance: 'strict' });
      return (await grid.query('SELECT 1 FROM credit_lines WHERE line_micro = 5000000')).length === 2;
    });
    const server = grid.api(volunteer.apiKey);
    const source = 'export default (n) => n + 1';
    await server.deploy({ name: 'inc', runtime: 'js', source, limits: { fuelLimit: '1000000', maxOutputBytes: 100 } });
    // Its own node may not run it; the other volunteer's does, and the referee where need be.
    const before = BigInt((await server.balances()).available);
    const answer = await until('the line is known everywhere', async () =>
      server.invoke('inc', 1, { fuelLimit: String(before * 1_000n + 100_000_000n) }).catch(() => undefined),
    );
    expect(answer).toMatchObject({ output: 2 });
    await until('its hold was an overdraft', async () => {
      const [lowest] = await grid.query<{ low: string }>(
        'SELECT min(balance_after)::text AS low FROM ledger.entries e JOIN ledger.balances b ON b.id = e.balance_id AND b.code = 4',
      );
      return BigInt(lowest!.low) < 0n;
    });
    const { body } = await get('/v1/standing', volunteer.apiKey);
    expect(body).toMatchObject({ creditLine: '5000000', canSubmit: true, jobsSubmitted30d: 1 });
    expect(body.jobsServed30d).toBeGreaterThan(0);
    await expectSoundBooks(grid);
  });

  it('is public: capacity, throughput, balances, lines, approvals and the allowance', async () => {
    const { status, body } = await get('/v1/grid');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      policy: 'demo',
      approvals: 1,
      rates: { fast: '1.10', standard: '1.30', high: '3.00', strict: '3.00' },
      creditLines: { accounts: 2, total: '10000000' },
      allowance: null,
    });
    expect(Number(body.balances.issuance)).toBeLessThan(0);
    // Beats are written down every few seconds.
    await until('both volunteers are counted', async () => (await get('/v1/grid')).body.capacity.threads >= 2);
    const settled = await until('settled jobs are counted', async () => {
      const { throughput } = (await get('/v1/grid')).body;
      return throughput.settledLastDay > 1 && throughput.settledLastHour;
    });
    expect(settled).toBeGreaterThan(1);
    expect((await get('/v1/grid/allowances')).body).toEqual({ data: [], nextCursor: null });
    expect((await get('/v1/grid/allowances/2026-02-31')).status).toBe(404);
    expect((await get('/v1/grid/allowances?cursor=abc')).body.code).toBe('cursor_invalid');
  });
});
