/** A node that earns stake and then lies: caught by the referee, slashed, and the caller never sees the lie. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSoundBooks } from '../support/books.js';
import { type Credential, Grid, until } from '../support/grid.js';
import { Turncoat } from '../support/turncoat.js';

describe('a lying worker', () => {
  let grid: Grid;
  let turncoat: Turncoat;
  let liar: Credential;
  let honest: string[] = [];

  beforeAll(async () => {
    grid = await Grid.start();
    const { account, apiKey } = await grid.api().createAccount({ name: 'liar' });
    liar = { accountId: account.id, apiKey: apiKey.secret! };
    await grid.api().deploy({ name: 'add', runtime: 'js', source: 'export default ([a, b]) => a + b' });
    turncoat = await Turncoat.start(grid, liar);
    honest = grid.demo.volunteers.slice(0, 2).map(({ accountId }) => accountId);
  });
  afterAll(async () => {
    await turncoat.stop();
    await grid.stop();
  });

  const stakeOf = async (who: Credential): Promise<bigint> => BigInt((await grid.api(who.apiKey).balances()).stake);

  it('earns stake while it serves honestly', async () => {
    for (let n = 0; n < 5; n += 1) expect(await grid.api().invoke('add', [n, 1])).toMatchObject({ output: n + 1 });
    expect(await stakeOf(liar)).toBeGreaterThan(0n);
  });

  it('loses all of it on the referee’s proof, and the caller gets the right answer', async () => {
    await grid.startWorker('honest-1', grid.demo.volunteers[0]!);
    await grid.startWorker('honest-2', grid.demo.volunteers[1]!);
    const before = await stakeOf(liar);
    turncoat.lies = true;
    for (let n = 0; n < 20 && turncoat.lied === 0; n += 1)
      expect(await grid.api().invoke('add', [n, 2])).toMatchObject({ output: n + 2 });
    expect(turncoat.lied).toBeGreaterThan(0);
    await until('the stake is seized', async () => (await stakeOf(liar)) === 0n);
    const entries = [];
    for await (const entry of grid.api(liar.apiKey).entries()) entries.push(entry);
    const slash = entries.find(({ kind }) => kind === 'slash')!;
    expect(BigInt(slash.amount)).toBeLessThan(0n);
    expect(-BigInt(slash.amount)).toBeGreaterThanOrEqual(before);
    const auditor = grid.api(grid.demo.auditor.apiKey);
    const transfer = await fetch(`${grid.url}/v1/ledger/transfers/${slash.transferId}`, {
      headers: { authorization: `Bearer ${grid.demo.auditor.apiKey}` },
    }).then((response) => response.json() as Promise<{ meta: Record<string, string>; entries: { amount: string }[] }>);
    expect(transfer.meta).toMatchObject({ nodeId: turncoat.nodeId });
    expect(transfer.meta.saidOutputDigest).not.toBe(transfer.meta.refereeOutputDigest);
    expect(transfer.entries.reduce((sum, { amount }) => sum + BigInt(amount), 0n)).toBe(0n);
    expect((await auditor.trialBalance()).total).toBe('0');
  });

  it('is back in probation with no credibility and quota 1, and says why', async () => {
    const node = await grid.api(liar.apiKey).node(turncoat.nodeId);
    expect(node).toMatchObject({ stage: 'probation', quota: 1, credibility: 0.8 });
    expect(node.recentLapses).toContainEqual(expect.objectContaining({ kind: 'proven_wrong' }));
  });

  it('pays the honest nodes and slashes none of them', async () => {
    const paid = await grid.query<{ owner_id: string }>(
      `SELECT DISTINCT b.owner_id FROM ledger.entries e JOIN ledger.transfers t ON t.id = e.transfer_id JOIN ledger.balances b ON b.id = e.balance_id
       WHERE t.kind = 5 AND b.code IN (4, 6) AND e.amount > 0`,
    );
    expect(paid.length).toBeGreaterThanOrEqual(2);
    const slashed = await grid.query(
      'SELECT 1 FROM lapses l JOIN nodes n ON n.id = l.node_id WHERE l.kind = $1 AND n.name LIKE $2',
      ['proven_wrong', 'honest%'],
    );
    expect(slashed).toEqual([]);
    expect(honest).toHaveLength(2);
    await expectSoundBooks(grid);
  });
});
