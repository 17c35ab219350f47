/** One worker and nothing else: everyone gets an answer, and one's own jobs run at home for free. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PotluckError } from '../../libs/client/potluck-error.js';
import { expectSoundBooks } from '../support/books.js';
import { Grid } from '../support/grid.js';

describe('a grid of one laptop', () => {
  let grid: Grid;

  beforeAll(async () => {
    grid = await Grid.start();
    await grid.startWorker('laptop', grid.demo.volunteers[0]!);
    await grid.api().deploy({ name: 'square', runtime: 'js', source: 'export default (n) => n * n' });
  });
  afterAll(() => grid.stop());

  it('answers another account through the referee and charges the flat quote', async () => {
    const answer = await grid.api().invoke('square', 12);
    expect(answer).toMatchObject({ status: 'succeeded', output: 144, executions: 1 });
    const tasks = await grid.api().job(answer.jobId);
    expect(tasks).toMatchObject({ status: 'succeeded', selfExecuted: false });
    // unit = max(10,000, ceil((10 M + fuel + 1,000 × (2 + 3)) / 1,000)); charged = ceil(1.3 × unit)
    const unit = (10_000_000n + BigInt(answer.fuel!) + 5_000n + 999n) / 1_000n;
    expect(tasks.unit).toBe(String(unit));
    expect(answer.charged).toBe(String((unit * 130n + 99n) / 100n));
    await expectSoundBooks(grid);
  });

  it('shows who ran it once it is settled, the referee included', async () => {
    const { jobId } = await grid.api().invoke('square', 3);
    const tasks = [];
    for await (const task of grid.api().tasks(jobId)) tasks.push(task);
    expect(tasks.map(({ referee, outcome }) => ({ referee, outcome }))).toContainEqual({ referee: true, outcome: 'ok' });
    expect(tasks.filter(({ referee }) => !referee)).toHaveLength(1);
  });

  it('runs the owner’s jobs on the owner’s node for free with ownNodesOnly', async () => {
    const owner = grid.api(grid.demo.volunteers[0]!.apiKey);
    await owner.deploy({ name: 'cube', runtime: 'js', source: 'export default (n) => n ** 3' });
    const before = await owner.balances();
    const answer = await owner.invoke('cube', 5, { placement: { ownNodesOnly: true } });
    expect(answer).toMatchObject({ status: 'succeeded', output: 125, charged: '0' });
    expect(await owner.job(answer.jobId)).toMatchObject({ selfExecuted: true, hold: '0' });
    expect(await owner.balances()).toEqual(before);
  });

  it('refuses an account without credits, and says what is missing', async () => {
    const { apiKey } = await grid.api().createAccount({ name: 'newcomer' });
    const newcomer = grid.api(apiKey.secret!);
    await newcomer.deploy({ name: 'one', runtime: 'js', source: 'export default () => 1' });
    const refusal = await newcomer.invoke('one', null).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(PotluckError);
    expect(refusal).toMatchObject({ status: 402, code: 'insufficient_credits' });
  });

  it('gives the graceful worker’s leases back and stops it with exit code 0', async () => {
    expect(await grid.stopWorker('laptop')).toBe(0);
    const [left] = await grid.query<{ count: number }>('SELECT count(*)::integer AS count FROM leases');
    expect(left?.count).toBe(0);
    await expectSoundBooks(grid);
  });
});
