/** Law I13 names what was tampered with; the log is bent behind the triggers' back, and rolled back after. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../../test/support/grid.js';
import { grant, hold, openBooks, type TestBooks } from '../../../test/support/ledger.js';
import { openLog, type TestLog } from '../../../test/support/log.js';

let books: TestBooks;
let log: TestLog;
let owner: string;

beforeAll(async () => {
  books = await openBooks();
  log = openLog(books);
  await log.keys.register();
  owner = await books.account(100n);
  await books.post(hold(owner, 10n));
  await log.sequence();
  expect(await log.signCheckpoint.run()).toBe('signed');
  for (let round = 0; round < 3; round += 1) {
    await books.post(...Array.from({ length: 200 }, () => grant(owner, 1n)));
    await log.sequence();
  }
  await until('a second checkpoint', async () => (await log.signCheckpoint.run()) === 'signed');
});
afterAll(() => books.close());

/** Bends in the committed database, as an operator would, and mends it again. */
async function bent(bend: string, mend: string, look: () => Promise<void>): Promise<void> {
  const asOwner = async (sql: string): Promise<void> => {
    await books.asOwner(`BEGIN; SET LOCAL session_replication_role = replica; ${sql}; COMMIT`);
  };
  await asOwner(bend);
  try {
    await look();
  } finally {
    await asOwner(mend);
  }
  expect(await openLog(books).checkLog.run()).toEqual([]);
}

it('An entry that was changed is named by its leaf and transfer', async () => {
  await bent(
    'UPDATE ledger.entries SET amount = amount + 1 WHERE transfer_id = 2 AND leg = 1',
    'UPDATE ledger.entries SET amount = amount - 1 WHERE transfer_id = 2 AND leg = 1',
    async () => {
      expect(await log.checkLog.run()).toEqual(['leaf 1, of transfer 2, is not what the books say now']);
      expect(await log.checkLog.run(0, 2)).toEqual(['leaf 1, of transfer 2, is not what the books say now']);
      expect(await log.checkLog.run(402)).toEqual([]);
    },
  );
});

const bends: [what: string, bend: string, offender: string][] = [
  [
    'a time',
    `UPDATE ledger.transfers SET created_at = created_at - interval '1 ms' WHERE id = 5`,
    'leaf 4, of transfer 5, is not what the books say now',
  ],
  [
    'a transfer’s evidence',
    'UPDATE ledger.transfers SET evidence_hash = sha256(request_hash) WHERE id = 5',
    'leaf 4, of transfer 5, is not what the books say now',
  ],
  [
    'a transfer that vanished',
    'DELETE FROM ledger.transfers WHERE id = 5',
    'leaf 4, of transfer 5, has no transfer in the books',
  ],
  [
    'a transfer without a leaf',
    `INSERT INTO ledger.transfers (id, reference, ordinal, created_at, kind, request_hash) VALUES (-3, gen_random_uuid(), 0, now(), 1, '');
     UPDATE ledger.transfers SET id = 1000000 WHERE id = 602; UPDATE ledger.leaves SET transfer_ids[200] = 1000000, last_id = 1000000 WHERE first_index = 402;
     UPDATE ledger.transfers SET id = 602 WHERE id = -3`,
    'transfer 602 has no leaf',
  ],
  [
    'leaves in another order',
    'UPDATE ledger.leaves SET transfer_ids[1] = 4, transfer_ids[2] = 3 WHERE first_index = 2',
    'leaf 3, of transfer 3, stands behind transfer 4',
  ],
  [
    'a leaf’s hash',
    `UPDATE ledger.leaves SET hashes = overlay(hashes PLACING '\\x00000000' FROM 1) WHERE first_index = 2`,
    'leaf 2, of transfer 3, is not what the books say now',
  ],
  [
    'a leaf that was made to fit the changed books',
    `UPDATE ledger.leaves SET hashes = overlay(hashes PLACING '\\x00000000' FROM 1) WHERE first_index = 2`,
    'checkpoint 602 is not the root of its leaves',
  ],
  [
    'a subtree’s root',
    'UPDATE ledger.subtree_roots SET hash = sha256(hash) WHERE index = 1',
    'subtree 1/1 has not the root of its leaves',
  ],
  ['a subtree that vanished', 'DELETE FROM ledger.subtree_roots WHERE index = 1', 'subtree 1/1 has not the root of its leaves'],
  [
    'a checkpoint’s root',
    'UPDATE ledger.checkpoints SET root = sha256(root) WHERE size = 2',
    'checkpoint 2 is not the root of its leaves',
  ],
  [
    'a checkpoint’s note',
    `UPDATE ledger.checkpoints SET note = replace(note, E'\\n2\\n', E'\\n3\\n') WHERE size = 2`,
    'checkpoint 2 is not valid: the signature by localhost:3000/v1/log does not fit the text',
  ],
  [
    'the log’s key',
    'UPDATE ledger.log_keys SET public_key = sha256(public_key)',
    'checkpoint 2 is not valid: none of the signatures is by a known key',
  ],
  [
    'a key that nobody announced',
    `INSERT INTO ledger.log_keys VALUES (2, 'x', sha256(''), now(), 5, decode(repeat('00', 64), 'hex'))`,
    'log key 2 is not announced by the one before it',
  ],
  ['a segment that vanished', 'DELETE FROM ledger.leaves WHERE first_index = 202', 'leaf 202 and those behind it are missing'],
  [
    'a log cut short',
    'DELETE FROM ledger.leaves WHERE first_index >= 402; UPDATE ledger.log_state SET size = 402, last_id = 402',
    'checkpoint 602 has more leaves than the log',
  ],
];

/** What was there before is put back, whatever was bent. */
const tables = ['transfers', 'leaves', 'subtree_roots', 'checkpoints', 'log_keys', 'log_state'];
const putBack = tables
  .map(
    (table) =>
      `DELETE FROM ledger.${table}; INSERT INTO ledger.${table} SELECT * FROM public.kept_${table}; DROP TABLE public.kept_${table}`,
  )
  .join(';');

it.each(bends)('%s is named', async (_, bend, offender) => {
  for (const table of tables) await books.asOwner(`CREATE TABLE public.kept_${table} AS TABLE ledger.${table}`);
  await bent(bend, putBack, async () => {
    expect(await openLog(books).checkLog.run()).toContain(offender);
  });
});
