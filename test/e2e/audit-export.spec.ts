/**
 * The books of a real run, exported and judged by others: the offline verifier, hledger and ledger. Then its owner cooks them in
 * PostgreSQL, with every trigger off, and is caught.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrialBalance } from '../../libs/client/api-types.js';
import { expectSoundBooks } from '../support/books.js';
import { runPotluck } from '../support/command.js';
import { Grid, until } from '../support/grid.js';
import { judged, judges } from '../support/reading.js';

interface Entry {
  transfer_id: string;
  index: string;
}

describe('the books of a real run', () => {
  let grid: Grid;
  let vkey: string;

  const potluck = (...args: string[]) => runPotluck(grid, ...args);
  const verify = async (directory: string, ...more: string[]) => {
    const { code, out } = await potluck('audit', 'verify', directory, '--log-key', '@log.vkey', '--json', ...more);
    return { code, ...JSON.parse(out) };
  };
  /** The log has every transfer, under a checkpoint. */
  const logged = () =>
    until('the log has signed every transfer', async () => {
      const [state] = await grid.query<{ done: boolean }>(
        `SELECT (SELECT max(size) FROM ledger.checkpoints) = (SELECT count(*) FROM ledger.transfers) AS done`,
      );
      return state?.done;
    });

  beforeAll(async () => {
    grid = await Grid.start();
    const { developer, volunteers } = grid.demo;
    for (const [at, volunteer] of volunteers.slice(0, 2).entries()) await grid.startWorker(`node-${at}`, volunteer);
    const api = grid.api(developer.apiKey);
    await api.deploy({ name: 'square', runtime: 'js', source: 'export default (n) => n * n' });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => api.invoke('square', n)));
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill('succeeded'));
    await until('a worker has verified a checkpoint', async () => {
      const file = join(grid.directory, 'worker-node-0', 'log.json');
      return existsSync(file) && readFileSync(file, 'utf8').includes('"note"');
    });
    for (const name of ['node-0', 'node-1']) await grid.stopWorker(name);
    vkey = (await api.log.keys())[0]?.vkey as string;
    writeFileSync(join(grid.directory, 'log.vkey'), `${vkey}\n`);
    await logged();
  });
  afterAll(() => grid.stop());

  it('are exported and verified by command, by leaf, root and signature', async () => {
    const { code, out, err } = await potluck('audit', 'export', 'books', '--files-of', '10', '--format', 'journal');
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('transfers') });
    expect(out).toContain('transfers of a log of');
    const report = await verify('books');
    expect(report).toMatchObject({ code: 0, ok: true, isKeyPinned: true, faults: [] });
    const [counted] = await grid.query<{ n: string }>('SELECT count(*) AS n FROM ledger.transfers');
    expect(String(report.transfers)).toBe(counted?.n);
    const { out: words } = await potluck('audit', 'verify', 'books', '--log-key', vkey);
    expect(words).toMatch(/^VERIFIED {2}\d+ transfers/);
  });

  it.runIf(judges)('are the same to hledger and to ledger as to the API', async () => {
    const { out } = await potluck('audit', 'trial-balance', '--json');
    const trial = JSON.parse(out) as TrialBalance;
    expect(trial.total).toBe('0');
    const moved = trial.balances.filter(({ balance }) => balance !== '0');
    const wanted = Object.fromEntries(moved.map(({ name, balance }) => [name.replaceAll('_', '-'), balance]));
    const folder = join(grid.directory, 'books', 'journal');
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('.journal'))
      .sort();
    expect(files.length).toBeGreaterThan(1);
    // Both check every file by itself. Each opens with the balances before it, so that the last one ends with those of all.
    const balances = files.map((file) => judged(readFileSync(join(folder, file), 'utf8')));
    expect(balances.at(-1)).toEqual({ hledger: wanted, ledger: wanted });
  });

  it('give each account its statement, and the law report', async () => {
    const { accountId } = grid.demo.developer;
    const { code, out } = await potluck('audit', 'statement', '--account', accountId, '--json');
    expect(code).toBe(0);
    const statement = JSON.parse(out);
    expect(statement).toMatchObject({ accountId });
    expect(statement.closing.held).toBe('0');
    expect((await potluck('audit', 'statement', '--format', 'csv', '--out', 'mine.csv')).code).toBe(0);
    const journal = await potluck('audit', 'statement', '--format', 'journal');
    if (judges) expect(judged(journal.out).hledger).toHaveProperty(`${accountId.replace('_', '-')}:available`);
    const integrity = await potluck('audit', 'integrity', '--full', '--json');
    expect({ code: integrity.code, ok: JSON.parse(integrity.out).ok }).toEqual({ code: 0, ok: true });
  });

  it('grow, and the export with them, after a proof that nothing changed', async () => {
    const { code } = await potluck('audit', 'grant', 'commons', '1.5CR', '--reason', 'for the growth of the log');
    expect(code).toBe(0);
    const credit = `${grid.demo.developer.accountId}:available=0.25CR`;
    const legs = ['--leg', 'commons=-0.25CR', '--leg', credit];
    const adjusted = await potluck('audit', 'adjust', ...legs, '--reason', 'refund agreed in ticket 71', '--json');
    expect({ code: adjusted.code, ...JSON.parse(adjusted.out) }).toMatchObject({ code: 0, kind: 'adjustment', state: 'posted' });
    expect((await potluck('audit', 'adjustments')).out).toContain('refund agreed in ticket 71');
    await logged();
    expect((await potluck('audit', 'export', 'books', '--files-of', '10')).err).toContain('and only grew');
    expect(await verify('books')).toMatchObject({ code: 0, ok: true, warnings: [] });
    await expectSoundBooks(grid);
  });

  it('freeze and free an account, with the reason', async () => {
    const { accountId } = grid.demo.volunteers[1] as { accountId: string };
    const frozen = await potluck('audit', 'freeze', accountId, '--reason', 'case 71');
    expect(frozen).toMatchObject({ code: 0, out: expect.stringContaining('is frozen') });
    expect(await potluck('audit', 'freeze', accountId, '--reason', 'case 71')).toMatchObject({ code: 3 });
    expect((await potluck('audit', 'unfreeze', accountId, '--reason', 'closed')).out).toContain('is free');
  });

  it('refuse a reader without the scope, with the reason', async () => {
    const { code, err } = await potluck('audit', 'trial-balance', '--as', 'developer');
    expect({ code, err }).toMatchObject({ code: 3, err: expect.stringContaining('ledger:audit') });
  });

  /** A settle in the middle, as the forger picks it. */
  const pickSettle = async (): Promise<Entry> => {
    const [found] = await grid.query<Entry>(
      `SELECT t.id AS transfer_id, (SELECT count(*) FROM ledger.transfers o WHERE o.id < t.id) AS index
       FROM ledger.transfers t WHERE t.kind = 5 ORDER BY t.id OFFSET 4 LIMIT 1`,
    );
    return found as Entry;
  };
  const withoutTriggers = async (sql: string, values: unknown[] = []): Promise<void> => {
    await grid.query(`SET session_replication_role = replica`);
    await grid.query(sql, values);
    await grid.query(`SET session_replication_role = origin`);
  };

  it('with a leg moved by its owner are refused, by leaf and transfer', async () => {
    const { transfer_id, index } = await pickSettle();
    const legs = `UPDATE ledger.entries SET amount = amount + CASE leg WHEN 1 THEN 1 ELSE -1 END,
      balance_after = balance_after + CASE leg WHEN 1 THEN 1 ELSE -1 END WHERE transfer_id = $1 AND leg IN (1, 2)`;
    await withoutTriggers(legs, [transfer_id]);
    expect((await potluck('audit', 'export', 'cooked', '--json')).code).toBe(0);
    const report = await verify('cooked');
    expect(report).toMatchObject({ code: 1, verdict: 'edited', firstBadLeaf: { transferId: transfer_id, index: Number(index) } });
    expect(report.firstBadLeaf.differs).toContain('hash');
    await withoutTriggers(legs.replaceAll('+ CASE', '- CASE'), [transfer_id]);
    await potluck('audit', 'export', 'restored', '--json');
    expect(await verify('restored')).toMatchObject({ code: 0, ok: true });
  });

  it('with a whole history rebuilt and signed anew by the grid’s own key are told by any checkpoint that someone kept', async () => {
    // The very first one: every checkpoint that anyone ever kept is of later than that.
    await withoutTriggers(
      `UPDATE ledger.transfers SET created_at = created_at - interval '1 millisecond' WHERE id = (SELECT min(id) FROM ledger.transfers)`,
    );
    await withoutTriggers('DELETE FROM ledger.leaves');
    await withoutTriggers('DELETE FROM ledger.subtree_roots');
    await withoutTriggers('DELETE FROM ledger.checkpoints');
    await withoutTriggers(`UPDATE ledger.log_state SET size = 0, last_id = 0, frontier = '', gap_below = NULL, gap_bound = NULL`);
    await potluck('audit', 'grant', 'commons', '1CR', '--reason', 'a later transfer');
    await logged();
    expect((await potluck('audit', 'export', 'rebuilt', '--json')).code).toBe(0);
    const alone = await verify('rebuilt');
    expect(alone).toMatchObject({ code: 0, verdict: 'ok' });
    const beside = await verify('rebuilt', '--checkpoint', 'books/checkpoint');
    expect(beside).toMatchObject({ code: 1, verdict: 'fork' });
    // A worker that had heard of the log before the change knows it too.
    const worker = await verify('rebuilt', '--checkpoint', 'worker-node-0/log.json');
    expect(worker).toMatchObject({ code: 1, verdict: 'fork' });
    expect(await verify('books', '--checkpoint', 'worker-node-0/log.json')).toMatchObject({ code: 0, ok: true });
    const extended = await potluck('audit', 'export', 'books');
    expect({ code: extended.code, err: extended.err }).toMatchObject({ code: 1, err: expect.stringContaining('history forked') });
  });

  it('with a transfer deleted have a leaf that nothing fills', async () => {
    const { transfer_id, index } = await pickSettle();
    await withoutTriggers('DELETE FROM ledger.entries WHERE transfer_id = $1', [transfer_id]);
    await withoutTriggers('DELETE FROM ledger.transfers WHERE id = $1', [transfer_id]);
    expect((await potluck('audit', 'export', 'deleted', '--json')).code).toBe(0);
    const report = await verify('deleted');
    expect(report).toMatchObject({ code: 1, verdict: 'missing_leaf', firstBadLeaf: { index: Number(index) } });
  });
});
