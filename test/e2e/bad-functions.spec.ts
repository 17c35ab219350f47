/** Functions that throw, loop, eat memory or return nonsense end as a clear function error, paid by their submitter. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSoundBooks } from '../support/books.js';
import { Grid } from '../support/grid.js';

const bad = [
  {
    name: 'throws',
    source: `export default () => { throw new TypeError('not today') }`,
    kind: 'function_error',
    message: /TypeError: not today/,
  },
  { name: 'loops', source: 'export default () => { for (;;); }', kind: 'out_of_fuel', message: /fuel/ },
  { name: 'microtasks', source: 'export default async () => { for (;;) await null; }', kind: 'out_of_fuel', message: /fuel/ },
  {
    name: 'eats-memory',
    source: `export default () => { const all = []; for (;;) all.push(new Uint8Array(1e6)); }`,
    kind: 'out_of_memory',
    message: /memory/,
  },
  {
    name: 'recurses',
    source: 'export default () => { const f = (n) => f(n + 1) + 1; return f(0); }',
    kind: 'stack_overflow',
    message: /recursed/i,
  },
  { name: 'never-settles', source: 'export default () => new Promise(() => {})', kind: 'function_error', message: /promise/i },
  { name: 'not-json', source: 'export default () => 10n', kind: 'invalid_output', message: /.+/ },
  { name: 'no-value', source: 'export default () => undefined', kind: 'invalid_output', message: /.+/ },
  { name: 'too-much', source: `export default () => 'x'.repeat(2_000_000)`, kind: 'output_too_large', message: /.+/ },
];

describe('a function that misbehaves', () => {
  let grid: Grid;

  beforeAll(async () => {
    grid = await Grid.start();
    await grid.startWorker('worker', grid.demo.volunteers[0]!);
  });
  afterAll(() => grid.stop());

  it.each(bad)('$name ends as $kind, is charged, and harms nobody', async ({ name, source, kind, message }) => {
    await grid.api().deploy({ name, runtime: 'js', source });
    const answer = await grid.api().invoke(name, null, { fuelLimit: kind === 'out_of_fuel' ? '100000000' : '1000000000' });
    expect(answer).toMatchObject({ status: 'failed', error: { kind } });
    expect(answer.status === 'failed' && answer.error.message).toMatch(message);
    expect(BigInt(answer.charged!)).toBeGreaterThan(0n);
  });

  it('answers 200 with the header Function-Error and {error} as body', async () => {
    const response = await fetch(`${grid.url}/v1/functions/throws/invoke`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${grid.demo.developer.apiKey}`,
        'idempotency-key': 'fe-1',
        'content-type': 'application/json',
      },
      body: 'null',
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('function-error')).toBe('function_error');
    expect(await response.json()).toEqual({ error: { kind: 'function_error', message: expect.stringContaining('not today') } });
  });

  it('leaves the worker alive and the books sound', async () => {
    await grid.api().deploy({ name: 'fine', runtime: 'js', source: 'export default (x) => x' });
    expect(await grid.api().invoke('fine', { a: [1, 'ä', null] })).toMatchObject({ output: { a: [1, 'ä', null] } });
    await expectSoundBooks(grid);
  });

  it.each([
    ['a syntax error', 'export default (', /syntax|unexpected|expecting/i],
    ['no default export', 'export const a = 1', /default/],
    ['a default export that is no function', 'export default 42', /function/],
    ['a top-level throw', `throw new Error('at load'); export default () => 1`, /at load/],
  ])('refuses to deploy %s', async (_what, source, words) => {
    await expect(grid.api().deploy({ name: 'refused', runtime: 'js', source })).rejects.toMatchObject({
      status: 422,
      code: 'function_invalid',
      message: expect.stringMatching(words),
    });
  });

  it.each([
    ['sampleInput of 100,000 levels', `"sampleInput":${'['.repeat(100_000)}${']'.repeat(100_000)}`, '', /nested/],
    ['sampleInput nested deeper than an input', `"sampleInput":${'['.repeat(65)}${']'.repeat(65)}`, '/sampleInput', /64 deep/],
    ['sampleInput larger than an input', `"sampleInput":"${'x'.repeat(1_048_577)}"`, '/sampleInput', /1048576 bytes/],
    ['sampleInput that no database keeps', '"sampleInput":{"a":"\\ud800"}', '/sampleInput', /surrogate/],
    ['description with U+0000', '"description":"a\\u0000b"', '/description', /U\+0000/],
  ])('refuses to deploy a %s', async (_what, field, pointer, words) => {
    const response = await fetch(`${grid.url}/v1/functions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${grid.demo.developer.apiKey}`,
        'idempotency-key': 'refused',
        'content-type': 'application/json',
      },
      body: `{"name":"refused","runtime":"js","source":"export default () => 1",${field}}`,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'validation_failed',
      errors: [{ pointer, detail: expect.stringMatching(words) }],
    });
  });
});
