/** The log's key: registered once, rotated by the old key's word, and never two that sign. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createVerifier } from '#libs/signing/ed25519-node.js';
import { formatVerifierKey, readCheckpoint } from '#libs/transparency/checkpoint.js';
import { followSuccession } from '#libs/transparency/key-succession.js';
import type { Verify } from '#libs/transparency/signed-note.js';
import { until } from '../../../test/support/grid.js';
import { grant, openBooks, type TestBooks } from '../../../test/support/ledger.js';
import { openLog, type TestLog } from '../../../test/support/log.js';
import { LogController } from './log.controller.js';

const verify: Verify = (publicKey, bytes, signature) => createVerifier(Buffer.from(publicKey))(bytes, signature);

let books: TestBooks;
let first: TestLog;

beforeEach(async () => {
  books = await openBooks();
  first = openLog(books, { key: 1 });
  expect((await first.keys.register()).state).toBe('registered');
});
afterEach(async () => {
  expect(await first.checkLog.run()).toEqual([]);
  await books.close();
});

async function grow(log: TestLog): Promise<void> {
  await books.post(grant(await books.account(), 1n));
  await log.sequence();
}

/** As soon as a second has passed since the last one. */
const signed = (log: TestLog): Promise<unknown> =>
  until('a checkpoint', async () => {
    const outcome = await log.signCheckpoint.run();
    return outcome === 'not_due' ? undefined : outcome;
  });

const published = (log: TestLog) => new LogController(log.readLog, log.keys, undefined as never).logKeys();

it('The first process of an empty log registers its key, and others with the same one find it', async () => {
  expect((await openLog(books, { key: 1 }).keys.register()).state).toBe('current');
  expect((await published(first)).keys).toEqual([
    { vkey: formatVerifierKey(first.keys.signer), since: expect.any(String), retiredAt: null, succession: null },
  ]);
});

it('Of processes that start together with different keys one wins, and the others do not sign', async () => {
  const fresh = await openBooks();
  const logs = [1, 2, 3].map((key) => openLog(fresh, { key }));
  const states = await Promise.all(logs.map(({ keys }) => keys.register()));
  expect(states.map(({ state }) => state).sort()).toEqual(['not_current', 'not_current', 'registered']);
  expect(await logs[0]?.keys.all()).toHaveLength(1);
  await fresh.close();
});

it('A process with another key neither registers it nor signs, while others go on', async () => {
  const stranger = openLog(books, { key: 2 });
  expect(await stranger.keys.register()).toMatchObject({ state: 'not_current', key: { number: 1 } });
  await grow(stranger);
  expect(await stranger.signCheckpoint.run()).toBe('not_current');
  expect(await first.signCheckpoint.run()).toBe('signed');
});

it('A new key follows by a statement of the old one, which whoever trusts the old one can follow', async () => {
  await grow(first);
  expect(await first.signCheckpoint.run()).toBe('signed');
  const next = openLog(books, { key: 2, previousKey: 1 });
  expect((await next.keys.register()).state).toBe('succeeded');
  expect((await openLog(books, { key: 2, previousKey: 1 }).keys.register()).state).toBe('current');
  await grow(next);
  // What still runs with the old key signs no more; with the new one alone it does.
  expect(await signed(first)).toBe('not_current');
  expect(await signed(openLog(books, { key: 2 }))).toBe('signed');

  const { keys } = await published(first);
  expect(keys[0]?.retiredAt).toBe(keys[1]?.since);
  expect(keys[1]).toMatchObject({ retiredAt: null, succession: { signedBy: keys[0]?.vkey, size: '1' } });
  const trusted = followSuccession([first.keys.signer], keys, verify);
  expect(trusted.map(formatVerifierKey)).toEqual(keys.map(({ vkey }) => vkey));
  const [latest, before] = await first.readLog.checkpoints(undefined, 2);
  expect(readCheckpoint(latest?.note ?? '', { keys: [first.keys.signer], verify }).state).toBe('refused');
  expect(readCheckpoint(latest?.note ?? '', { keys: trusted, verify })).toMatchObject({ checkpoint: { size: 2 } });
  expect(readCheckpoint(before?.note ?? '', { keys: trusted, verify })).toMatchObject({ checkpoint: { size: 1 } });
});

it('A grid that takes another name goes on under it, announced by the same key under the old name', async () => {
  await grow(first);
  const renamed = openLog(books, { key: 1, origin: 'https://grid.example.org' });
  expect((await renamed.keys.register()).state).toBe('succeeded');
  expect(await renamed.signCheckpoint.run()).toBe('signed');
  const { keys } = await published(renamed);
  expect(keys[1]?.vkey).toMatch(/^grid\.example\.org\/v1\/log\+/);
  expect(followSuccession([first.keys.signer], keys, verify)).toHaveLength(2);
});

it('A key cannot be put behind another one than the current', async () => {
  const register = async (after: number, size: number, succession: Buffer | null): Promise<unknown> =>
    (
      await books.dataSource.query('SELECT ledger.register_log_key($1, $2, $3, $4, $5) AS done', [
        after,
        'localhost:3000/v1/log',
        Buffer.alloc(32, 9),
        size,
        succession,
      ])
    )[0].done;
  expect(await register(0, 0, null)).toBe(false);
  expect(await register(2, 0, Buffer.alloc(64))).toBe(false);
  expect(await register(1, 5, Buffer.alloc(64))).toBe(false);
  await expect(register(1, 0, null)).rejects.toMatchObject({ driverError: { constraint: 'log_keys_follow_each_other' } });
});
