/** What a job would cost, told beforehand by the referee's dry run; the grid then charges just that. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../demo/embedded-postgres.js';
import { PotluckClient } from '../../libs/client/potluck-client.js';
import { expectSoundBooks } from '../support/books.js';
import { Grid } from '../support/grid.js';

const SOURCES = {
  square: 'export default (n) => n * n',
  sum: 'export default (bytes) => bytes.reduce((sum, byte) => sum + byte, 0)',
  throws: 'export default () => { throw new TypeError("no") }',
  loops: 'export default () => { for (;;); }',
  'too-much': 'export default () => "x".repeat(2_000_000)',
};

describe('an estimate', () => {
  let grid: Grid;

  beforeAll(async () => {
    // Everything else here asks once at a time.
    grid = await Grid.start({ policy: { referee: { estimateQueue: 2 } } });
    await grid.startWorker('worker', grid.demo.volunteers[0]!);
    for (const [name, source] of Object.entries(SOURCES)) await grid.api().deploy({ name, runtime: 'js', source });
  });
  afterAll(() => grid.stop());

  interface Asked {
    name?: string;
    body?: unknown;
    bytes?: string;
    query?: string;
    headers?: Record<string, string>;
    apiKey?: string;
  }

  const ask = async ({ name = 'square', body, bytes, query = '', headers = {}, apiKey }: Asked) => {
    const response = await fetch(`${grid.url}/v1/functions/${name}/estimate${query}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey ?? grid.demo.developer.apiKey}`,
        'content-type': bytes === undefined ? 'application/json' : 'application/octet-stream',
        ...headers,
      },
      body: bytes ?? (typeof body === 'string' ? body : JSON.stringify(body)),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };

  it('is the fuel, unit, charge and hold that the job then has', async () => {
    const estimate = await grid.api().estimate('square', { input: 12 });
    const { jobId } = await grid.api().invoke('square', 12);
    const job = await grid.api().job(jobId);
    expect(estimate).toEqual({
      outcome: 'ok',
      fuel: job.fuel,
      outputBytes: 3,
      unit: job.unit,
      charge: job.charged,
      hold: job.hold,
      executions: 1.27,
    });
  });

  it('takes bytes as the body, with the options by query', async () => {
    const { status, body } = await ask({ name: 'sum', bytes: '\x01\x02\x03', query: '?assurance=strict&fuelLimit=50000000' });
    const { jobId } = await grid.api().invoke('sum', new Uint8Array([1, 2, 3]), { assurance: 'strict', fuelLimit: '50000000' });
    const job = await grid.api().job(jobId);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { outcome: 'ok', fuel: job.fuel, charge: job.charged, hold: job.hold, executions: 2.94 },
    });
    expect((await ask({ name: 'sum', bytes: '' })).body).toMatchObject({ outcome: 'ok', outputBytes: 1 });
  });

  it.each(['throws', 'too-much'])('of a function that fails (%s) says how, and what that costs', async (name) => {
    const estimate = await grid.api().estimate(name, { input: null });
    const { jobId } = await grid.api().invoke(name, null);
    const job = await grid.api().job(jobId);
    expect(estimate).toMatchObject({ outcome: job.error?.kind, fuel: job.fuel, unit: job.unit, charge: job.charged });
  });

  it('ends at the asked fuel limit', async () => {
    expect(await grid.api().estimate('loops', { input: null, fuelLimit: '20000000' })).toMatchObject({
      outcome: 'out_of_fuel',
      fuel: '20000000',
    });
  });

  it.each<[string, Asked, number, string, RegExp]>([
    ['no input', { body: {} }, 400, 'validation_failed', /input is missing/],
    ['no body', { body: '' }, 400, 'validation_failed', /JSON object/],
    ['a list', { body: [1] }, 400, 'validation_failed', /JSON object/],
    ['a text that is no JSON', { body: '{' }, 400, 'malformed_json', /JSON/],
    ['an unknown field', { body: { input: 1, placement: {} } }, 400, 'validation_failed', /placement is not a field/],
    ['an unknown assurance', { body: { input: 1, assurance: 'total' } }, 400, 'validation_failed', /assurance must be/],
    ['a fuel limit as a number', { body: { input: 1, fuelLimit: 5 } }, 400, 'validation_failed', /fuelLimit/],
    ['too low a fuel limit', { body: { input: 1, fuelLimit: '5' } }, 400, 'validation_failed', /fuelLimit must be from/],
    ['a version that is no digest', { body: { input: 1, version: 'latest' } }, 400, 'validation_failed', /digest/],
    ['options by query beside JSON', { body: { input: 1 }, query: '?assurance=high' }, 400, 'validation_failed', /JSON body/],
    ['an input nested too deep', { body: `{"input":${'['.repeat(70)}${']'.repeat(70)}}` }, 400, 'validation_failed', /nested/],
    ['an input too large', { body: { input: 'x'.repeat(1_048_576) } }, 413, 'payload_too_large', /1048576 bytes/],
    ['too many bytes', { bytes: 'x'.repeat(1_048_577) }, 413, 'payload_too_large', /1048576 bytes/],
    [
      'another media type',
      { body: 'x', headers: { 'content-type': 'text/plain' } },
      415,
      'unsupported_media_type',
      /octet-stream/,
    ],
    ['an unknown version', { body: { input: 1, version: `sha256:${'0'.repeat(64)}` } }, 404, 'not_found', /no version/],
    ['an unknown function', { name: 'nothing', body: { input: 1 } }, 404, 'not_found', /no function/],
    ['a key that is none', { body: { input: 1 }, apiKey: 'plk_x' }, 401, 'unauthorized', /API key/],
  ])('is refused for %s', async (_what, asked, status, code, words) => {
    const answer = await ask(asked);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    expect(answer.body.detail).toMatch(words);
  });

  it('does not find another account’s function', async () => {
    const apiKey = grid.demo.volunteers[1]!.apiKey;
    expect(await ask({ body: { input: 1 }, apiKey })).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('leaves nothing behind, and costs nothing', async () => {
    expect(await grid.query('SELECT id FROM referee_runs')).toEqual([]);
    await expectSoundBooks(grid);
  });

  it('waits in a short line with others, and is sent away beyond it, uncounted', async () => {
    const counted = async () => {
      const [row] = await grid.query<{ count: number }>('SELECT cardinality(asked_at) AS count FROM estimate_times');
      return row?.count ?? 0;
    };
    const before = await counted();
    const body = { input: null, fuelLimit: '400000000' };
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask({ name: 'loops', body })));
    const busy = answers.filter(({ status }) => status === 503);
    expect(answers.filter(({ status }) => status === 200).length).toBe(6 - busy.length);
    expect(busy.length).toBeGreaterThanOrEqual(3);
    expect(busy[0]).toMatchObject({ body: { code: 'referee_busy', retryable: true } });
    expect(busy[0]?.headers.get('retry-after')).toBe('5');
    expect((await counted()) - before).toBe(6 - busy.length);
  });

  it('is not given where there is no referee', async () => {
    const port = await freePort();
    await grid.startCoordinator(port, { POTLUCK_REFEREE: 'off' });
    const client = new PotluckClient({ baseUrl: `http://localhost:${port}`, apiKey: grid.demo.developer.apiKey });
    const refusal = await client.estimate('square', { input: 1 }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ status: 503, code: 'referee_absent', retryable: false });
  });

  it('is given sixty times an hour, then asks for patience; one of an hour ago does not count', async () => {
    const [account] = await grid.query<{ account_id: string }>('SELECT account_id FROM estimate_times');
    const filled = (oldest: string) =>
      grid.query(
        `UPDATE estimate_times SET asked_at = array_fill(clock_timestamp(), ARRAY[59]) || (clock_timestamp() - $2::interval)
         WHERE account_id = $1`,
        [account?.account_id, oldest],
      );
    await filled('59 minutes');
    const refused = await ask({ body: { input: 2 } });
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited', retryable: true } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    await filled('61 minutes');
    expect((await ask({ body: { input: 2 } })).status).toBe(200);
    expect((await ask({ body: { input: 2 } })).status).toBe(429);
  });
});
