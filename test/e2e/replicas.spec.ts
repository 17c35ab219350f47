/** Two coordinators over one database are one grid: any of them takes a job, any may die. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../demo/embedded-postgres.js';
import { PotluckClient } from '../../libs/client/potluck-client.js';
import { expectSoundBooks } from '../support/books.js';
import { Grid } from '../support/grid.js';

describe('two replicas', () => {
  let grid: Grid;
  let other: PotluckClient;
  let port: number;

  beforeAll(async () => {
    grid = await Grid.start();
    port = await freePort();
    await grid.startCoordinator(port);
    other = new PotluckClient({ baseUrl: `http://localhost:${port}`, apiKey: grid.demo.developer.apiKey });
    await grid.startWorker('worker', grid.demo.volunteers[0]!);
    await grid.api().deploy({ name: 'greet', runtime: 'js', source: 'export default (name) => "hello " + name' });
  });
  afterAll(() => grid.stop());

  it('answers on one what a node of the other has run', async () => {
    const startedAt = Date.now();
    for (let n = 0; n < 5; n += 1) expect(await other.invoke('greet', String(n))).toMatchObject({ output: `hello ${n}` });
    // By hints, not by the second's fallback look: five in a row would take more than five seconds otherwise.
    expect(Date.now() - startedAt).toBeLessThan(5_000);
  });

  it('makes one job of one key that came to both at once', async () => {
    const body = { function: 'greet', input: 'twin' };
    const [one, two] = await Promise.all([
      grid.api().submitJob(body, { idempotencyKey: 'both' }),
      other.submitJob(body, { idempotencyKey: 'both' }),
    ]);
    expect(one.id).toBe(two.id);
  });

  it('takes a version that was deployed on the other within a moment', async () => {
    await other.deploy({ name: 'greet', runtime: 'js', source: 'export default (name) => "good day " + name' });
    expect(await other.invoke('greet', 'you')).toMatchObject({ output: 'good day you' });
    await expect
      .poll(async () => (await grid.api().invoke<string>('greet', 'you')) as { output: string })
      .toMatchObject({ output: 'good day you' });
  });

  it('stops in good order within seconds, long-polls included', async () => {
    const [, second] = grid.coordinators;
    const poll = other
      .submitJob({ function: 'greet', input: 'x', placement: { regions: ['nowhere'] } })
      .then(({ id }) => other.job(id, { waitSeconds: 30 }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const startedAt = Date.now();
    const ended = new Promise<number | null>((resolve) => second!.once('exit', (code) => resolve(code)));
    second!.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect(await poll).toMatchObject({ status: 'queued' });
    expect(await grid.api().invoke('greet', 'again')).toMatchObject({ output: 'good day again' });
    await expectSoundBooks(grid);
  });
});
