/** Checkpoints and proofs of a real log, judged by the verifiers that everyone has. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVerifier } from '#libs/signing/ed25519-node.js';
import { readCheckpoint } from '#libs/transparency/checkpoint.js';
import { verifyConsistency } from '#libs/transparency/consistency-proof.js';
import { leafBytes, legHash } from '#libs/transparency/leaf.js';
import { leafHash, rootOfHashes, verifyInclusion } from '#libs/transparency/merkle-tree.js';
import type { Verify } from '#libs/transparency/signed-note.js';
import { tilesOf } from '#libs/transparency/tile-path.js';
import { until } from '../../../test/support/grid.js';
import { grant, openBooks, type TestBooks } from '../../../test/support/ledger.js';
import { openLog, type TestLog } from '../../../test/support/log.js';

const SIZE = 1_100;
const verify: Verify = (publicKey, bytes, signature) => createVerifier(Buffer.from(publicKey))(bytes, signature);

let books: TestBooks;
let log: TestLog;
let hashes: Buffer[];

beforeAll(async () => {
  books = await openBooks();
  log = openLog(books);
  await log.keys.register();
  const owner = await books.account();
  // Segments of all lengths: what one run of the sequencer found.
  for (let size = 0, step = 1; size < SIZE; size += step, step = Math.min(SIZE - size, (step * 3) % 97 || 1)) {
    await books.post(...Array.from({ length: step }, () => grant(owner, 1n)));
    await log.sequence();
  }
  const rows = await books.asOwner('SELECT hashes FROM ledger.leaves ORDER BY first_index');
  const all = Buffer.concat(rows.map(({ hashes: part }) => part as Buffer));
  hashes = Array.from({ length: all.length / 32 }, (_, place) => all.subarray(place * 32, place * 32 + 32));
  expect(hashes).toHaveLength(SIZE);
});
afterAll(async () => {
  expect(await log.checkLog.run()).toEqual([]);
  await books.close();
});

const sizes = [1, 2, 3, 7, 8, 9, 127, 128, 255, 256, 257, 300, 511, 512, 513, 767, 768, 1000, 1023, 1024, 1025, SIZE];
const rootAt = (size: number): Buffer => rootOfHashes(hashes.slice(0, size));

describe('the log', () => {
  it('has the transfers as leaves, as their canonical bytes say', async () => {
    const [row] = await books.asOwner(
      `SELECT t.id::text, to_char(t.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, t.reference, t.ordinal::text
       FROM ledger.transfers t ORDER BY t.id OFFSET 40 LIMIT 1`,
    );
    const legs = await books.asOwner(
      `SELECT b.public_id::text AS id, e.amount::text, e.balance_after::text, e.seq::text FROM ledger.entries e
       JOIN ledger.balances b ON b.id = e.balance_id WHERE e.transfer_id = $1 ORDER BY e.leg`,
      [row?.id],
    );
    const bytes = leafBytes({
      id: String(row?.id),
      createdAt: String(row?.at),
      kind: 'grant',
      reference: String(row?.reference),
      ordinal: String(row?.ordinal),
      reverses: '',
      evidenceHash: new Uint8Array(),
      legHashes: legs.map((leg) =>
        legHash({
          balanceId: String(leg.id),
          amount: String(leg.amount),
          balanceAfter: String(leg.balance_after),
          seq: String(leg.seq),
        }),
      ),
    });
    expect(leafHash(bytes).toString('hex')).toBe(hashes[40]?.toString('hex'));
  });

  it('proves consistency between sizes', async () => {
    for (const to of sizes) {
      for (const from of sizes.filter((size) => size <= to)) {
        const path = await log.readLog.consistency(from, to);
        const proof = { fromSize: from, toSize: to, fromRoot: rootAt(from), toRoot: rootAt(to), path };
        expect(verifyConsistency(proof), `${from} ${to}`).toBe(true);
      }
    }
  });

  it('proves that each transfer is in it', async () => {
    const ids = (await books.asOwner('SELECT unnest(transfer_ids)::text AS id FROM ledger.leaves ORDER BY first_index')).map(
      ({ id }) => BigInt(String(id)),
    );
    for (const size of sizes) {
      for (const at of sizes.map((one) => one - 1).filter((one) => one < size)) {
        const { index, leafHash: hash, path } = await log.readLog.inclusion(ids[at] as bigint, size);
        expect(index).toBe(at);
        expect(hash).toEqual(hashes[at]);
        const [leaf] = await log.readLeaves.of([ids[at] as bigint]);
        const root = rootAt(size);
        expect(verifyInclusion({ leaf: leafBytes(leaf!.fields), index, size, path, root }), `${at} ${size}`).toBe(true);
      }
    }
  });

  it('has tiles that are its hashes, level by level', async () => {
    let level0 = hashes;
    for (let level = 0; level < 3; level += 1) {
      for (const { index, width } of tilesOf(SIZE, level)) {
        const expected = Buffer.concat(level0.slice(index * 256, index * 256 + width));
        expect(await log.readLog.tile(level, index, width)).toEqual(expected);
      }
      level0 = Array.from({ length: Math.floor(level0.length / 256) }, (_, at) =>
        rootOfHashes(level0.slice(at * 256, at * 256 + 256)),
      );
    }
    expect(await log.readLog.tile(0, 4, 77)).toBeUndefined();
    expect(await log.readLog.tile(0, 5, 1)).toBeUndefined();
    expect(await log.readLog.tile(2, 0, 1)).toBeUndefined();
    expect(await log.readLog.tile(6, Number.MAX_SAFE_INTEGER, 1)).toBeUndefined();
  });

  it('reads a few rows for a proof, however long it is', async () => {
    const fresh = openLog(books);
    const before = await rowsRead();
    await fresh.readLog.consistency(771, SIZE);
    await fresh.readLog.inclusion(await anyId(), SIZE);
    const after = await rowsRead();
    // At most the segments that touch the two tiles of level 0 and the subtree roots; each look at a size reads one row more.
    expect(after.leaves - before.leaves).toBeLessThan(60);
    expect(after.subtree_roots - before.subtree_roots).toBeLessThan(20);
  });

  it.each([
    ['to', 1, SIZE + 1],
    ['from', 9, 8],
  ])('refuses a proof with %s out of range, naming it', async (parameter, from, to) => {
    await expect(log.readLog.consistency(from, to)).rejects.toMatchObject({
      code: 'validation_failed',
      options: { errors: [{ parameter }] },
    });
  });

  it('refuses an inclusion proof in a tree that is too small or not there', async () => {
    const id = await anyId();
    for (const size of [1, SIZE + 1])
      await expect(log.readLog.inclusion(id, size)).rejects.toMatchObject({ options: { errors: [{ parameter: 'size' }] } });
    await expect(log.readLog.inclusion(987_654_321n)).rejects.toMatchObject({ code: 'not_found' });
  });
});

const anyId = async (): Promise<bigint> =>
  BigInt(String((await books.asOwner('SELECT max(first_id)::text AS id FROM ledger.leaves WHERE first_index < 600'))[0]?.id));

/** Rows of the log's tables that were fetched so far, by this server's own count. */
async function rowsRead(): Promise<{ leaves: number; subtree_roots: number }> {
  let known = -1;
  // Sessions report once they are idle: the count is taken when it no longer changes.
  return until('the counts of rows stand still', async () => {
    await books.dataSource.query('SELECT pg_stat_force_next_flush()');
    await books.asOwner('SELECT pg_stat_force_next_flush()');
    const rows = await books.asOwner(
      `SELECT relname, (seq_tup_read + coalesce(idx_tup_fetch, 0))::float8 AS read FROM pg_stat_user_tables
       WHERE schemaname = 'ledger' AND relname IN ('leaves', 'subtree_roots')`,
    );
    const read = Object.fromEntries(rows.map(({ relname, read: count }) => [relname, count])) as {
      leaves: number;
      subtree_roots: number;
    };
    const sum = read.leaves + read.subtree_roots;
    const still = sum === known;
    known = sum;
    return still ? read : undefined;
  });
}

describe('a checkpoint', () => {
  it('is signed once a size, under two signers, and only where the log grew', async () => {
    const twin = openLog(books);
    const [one, other] = await Promise.all([log.signCheckpoint.run(), twin.signCheckpoint.run()]);
    expect([one, other].sort()).toEqual(['not_due', 'signed']);
    const [stored] = await log.readLog.checkpoints(undefined, 10);
    expect(await log.signCheckpoint.run()).toBe('not_due');
    expect(await log.readLog.checkpoints(undefined, 10)).toEqual([stored]);
    const reading = readCheckpoint(stored?.note ?? '', { keys: [log.keys.signer], verify });
    expect(reading).toEqual({
      state: 'valid',
      keyName: 'localhost:3000/v1/log',
      checkpoint: { origin: 'localhost:3000/v1/log', size: SIZE, root: new Uint8Array(rootAt(SIZE)) },
    });
  });

  it('follows within two seconds of a commit, with the keeper running, and covers the transfer', async () => {
    await log.keeper.onApplicationBootstrap();
    try {
      const owner = await books.account();
      const delays: number[] = [];
      for (let round = 0; round < 4; round += 1) {
        const [outcome] = await books.post(grant(owner, 1n));
        const id = outcome?.state === 'posted' ? outcome.transferId : 0n;
        const from = performance.now();
        const proof = await until('a proof', () => log.readLog.inclusion(id).catch(() => undefined));
        delays.push(performance.now() - from);
        const checkpoint = await log.readLog.latestCheckpoint();
        expect(checkpoint?.size).toBeGreaterThanOrEqual(proof.size);
      }
      expect(Math.max(...delays)).toBeLessThan(2_000);
    } finally {
      await log.keeper.beforeApplicationShutdown();
    }
  });

  it('waits for a transfer that is not in one yet', async () => {
    const [outcome] = await books.post(grant(await books.account(), 1n));
    const id = outcome?.state === 'posted' ? outcome.transferId : 0n;
    const pending = { code: 'proof_pending', options: { retryAfterSeconds: 1 } };
    await expect(log.readLog.inclusion(id)).rejects.toMatchObject(pending);
    await log.sequence();
    await expect(log.readLog.inclusion(id)).rejects.toMatchObject(pending);
    await until('a checkpoint', async () => (await log.signCheckpoint.run()) === 'signed');
    expect(await log.readLog.inclusion(id)).toMatchObject({ transferId: String(id) });
  });

  it('is never of fewer leaves than the last, nor of more than there are', async () => {
    const size = await log.readLog.size();
    const store = async (at: number): Promise<unknown> =>
      (
        await books.dataSource.query(`SELECT ledger.store_checkpoint($1, $2, 'note', 1, '0 seconds') AS stored`, [
          at,
          Buffer.alloc(32),
        ])
      )[0].stored;
    expect(await store(size)).toBe(false);
    expect(await store(size - 1)).toBe(false);
    expect(await store(size + 1)).toBe(false);
  });
});
