/** The log's key in the life of a coordinator: from a file, a wrong one, and rotated by settings. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createVerifier } from '../../libs/signing/ed25519-node.js';
import { parseVerifierKey, readCheckpoint, type VerifierKey } from '../../libs/transparency/checkpoint.js';
import { followSuccession, type PublishedLogKey } from '../../libs/transparency/key-succession.js';
import type { Verify } from '../../libs/transparency/signed-note.js';
import { Grid, until } from '../support/grid.js';

const verify: Verify = (publicKey, bytes, signature) => createVerifier(Buffer.from(publicKey))(bytes, signature);
const env: Record<string, string> = {};
let grid: Grid;

beforeAll(async () => {
  grid = await Grid.start({ env });
});
afterAll(() => grid.stop());

async function restartWith(change: Record<string, string>): Promise<void> {
  Object.assign(env, change);
  await grid.killCoordinators();
  await grid.startCoordinator();
}

async function grant(): Promise<void> {
  const { developer, operator } = grid.demo;
  const response = await fetch(`${grid.url}/v1/grants`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${operator.apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    body: JSON.stringify({ to: developer.accountId, amount: '5', reason: 'a test' }),
  });
  expect(response.status).toBe(201);
}

const published = async (): Promise<PublishedLogKey[]> =>
  ((await (await fetch(`${grid.url}/v1/log/keys`)).json()) as { keys: PublishedLogKey[] }).keys;
const note = async (): Promise<string | undefined> => {
  const response = await fetch(`${grid.url}/v1/log/checkpoint`);
  return response.ok ? response.text() : undefined;
};
const keyOf = ({ vkey }: PublishedLogKey): VerifierKey => {
  const reading = parseVerifierKey(vkey);
  if (reading.state === 'refused') throw new Error(reading.detail);
  return reading.key;
};

it('A coordinator makes its key, says when it has another than the log, and rotates it when it is told both', async () => {
  const file = join(grid.directory, 'log-key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const first = (await published()).map(keyOf);
  await until('a checkpoint', note);

  await restartWith({ POTLUCK_LOG_KEY: 'ab'.repeat(32) });
  // Nobody can sign now: this one stays the newest.
  const before = (await note()) ?? '';
  expect(readCheckpoint(before, { keys: first, verify }).state).toBe('valid');
  await grant();
  await until('the words about the key', async () => grid.output.includes('this process signs no checkpoints'));
  expect(await note()).toBe(before);
  expect(await published()).toHaveLength(1);

  await restartWith({ POTLUCK_LOG_KEY_PREVIOUS: readFileSync(file, 'utf8').trim() });
  const after = await until('a checkpoint by the new key', async () => {
    const now = await note();
    return now === before ? undefined : now;
  });
  expect(readCheckpoint(after, { keys: first, verify })).toMatchObject({ state: 'refused', code: 'unknown_key' });
  const followed = followSuccession(first, await published(), verify);
  expect(followed).toHaveLength(2);
  expect(readCheckpoint(after, { keys: followed, verify }).state).toBe('valid');
});
