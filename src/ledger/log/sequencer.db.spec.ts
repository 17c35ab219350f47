/** Leaves in the order of ids, each transfer once, whatever order commits come in and whoever dies. */
import type { QueryRunner } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../../test/support/grid.js';
import { donate, grant, hold, openBooks, type TestBooks } from '../../../test/support/ledger.js';
import { openLog, type TestLog } from '../../../test/support/log.js';

let books: TestBooks;
let log: TestLog;
let owner: string;
/** Its holds touch no balance that the others' need. */
let slow: string;

beforeAll(async () => {
  books = await openBooks();
  log = openLog(books);
  await log.keys.register();
});
beforeEach(async () => {
  owner = await books.account(1_000n);
  slow = await books.account(1_000n);
  await settle();
});
afterAll(async () => {
  expect(await log.checkLog.run()).toEqual([]);
  expect(await books.brokenLaws()).toEqual({});
  await books.close();
});

/** Sequences until nothing waits; a dead gap takes a second look. */
async function settle(): Promise<void> {
  for (let look = 0; look < 5; look += 1) if ((await log.sequence()).state === 'done') break;
  expect(await sequencedIds()).toEqual(await transferIds());
}

const sequencedIds = async (): Promise<unknown[]> =>
  (await books.asOwner('SELECT unnest(transfer_ids)::text AS id FROM ledger.leaves ORDER BY first_index')).map(({ id }) => id);
const transferIds = async (): Promise<unknown[]> =>
  (await books.asOwner('SELECT t.id::text AS id FROM ledger.transfers t ORDER BY t.id')).map(({ id }) => id);

interface OpenPosting {
  ids: bigint[];
  end: (how: 'COMMIT' | 'ROLLBACK') => Promise<void>;
  /** As an administrator, or a crash of the server's process. */
  kill: () => Promise<void>;
}

/** A transaction that has its id. */
async function begin(): Promise<QueryRunner> {
  const runner = books.dataSource.createQueryRunner();
  await runner.connect();
  await runner.startTransaction();
  await runner.query('SELECT pg_current_xact_id()');
  return runner;
}

/** Transfers that have their ids and are not committed. */
async function post(count = 1, account = slow): Promise<OpenPosting> {
  const runner = await begin();
  const [{ pid }] = await runner.query('SELECT pg_backend_pid() AS pid');
  const outcomes = await books.ledger.post(
    runner.manager,
    Array.from({ length: count }, () => hold(account, 1n)),
  );
  return {
    ids: outcomes.map((outcome) => (outcome.state === 'refused' ? 0n : outcome.transferId)),
    end: async (how) => {
      await (how === 'COMMIT' ? runner.commitTransaction() : runner.rollbackTransaction());
      await runner.release();
    },
    kill: async () => {
      await books.asOwner('SELECT pg_terminate_backend($1)', [pid]);
      await until('the killed session is gone', async () => {
        const rows = await books.asOwner('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid]);
        return rows.length === 0;
      });
      await runner.release().catch(() => undefined);
    },
  };
}

describe('the sequencer', () => {
  it('gives every transfer one leaf, in the order of ids', async () => {
    await books.post(donate(owner, 1n), donate(owner, 2n));
    await books.post(grant(owner, 3n));
    expect(await log.sequence()).toEqual({ state: 'done', appended: 3 });
    expect(await log.sequence()).toEqual({ state: 'done', appended: 0 });
    expect(await sequencedIds()).toEqual(await transferIds());
  });

  it('works off a backlog of many chunks in one go', async () => {
    for (let round = 0; round < 9; round += 1) await books.post(...Array.from({ length: 500 }, () => grant(owner, 1n)));
    expect((await log.appendLeaves.run()).state).toBe('more');
    expect(await log.sequence()).toMatchObject({ state: 'done', appended: 500 });
    await settle();
  });

  it('waits for a transfer that commits after others with higher ids', async () => {
    await books.post(hold(owner, 1n));
    const late = await post();
    await books.post(hold(owner, 1n), hold(owner, 2n));
    expect(await log.sequence()).toEqual({ state: 'gap', appended: 1 });
    for (let look = 0; look < 3; look += 1) expect(await log.sequence()).toEqual({ state: 'gap', appended: 0 });
    await late.end('COMMIT');
    expect(await log.sequence()).toEqual({ state: 'done', appended: 3 });
    expect(await sequencedIds()).toEqual(await transferIds());
  });

  it('waits too where the late one’s transaction began after the latest that has ended', async () => {
    // To be seen are only transactions that are older than its own: a bound by what has ended so far would lie below it.
    const early = await begin();
    const late = await post();
    await books.ledger.post(early.manager, [hold(owner, 1n)]);
    await early.commitTransaction();
    await early.release();
    for (let look = 0; look < 4; look += 1) expect((await log.sequence()).state).toBe('gap');
    await late.end('COMMIT');
    await settle();
  });

  it('passes over ids whose transaction was rolled back', async () => {
    const gone = await post(3);
    await books.post(hold(owner, 1n));
    expect((await log.sequence()).state).toBe('gap');
    await gone.end('ROLLBACK');
    expect(await log.sequence()).toEqual({ state: 'done', appended: 1 });
    const ids = await sequencedIds();
    expect(gone.ids.some((id) => ids.includes(String(id)))).toBe(false);
    expect(await log.readLog.placeOf(gone.ids[0] as bigint)).toEqual({ state: 'unknown' });
  });

  it('passes over ids whose session was killed', async () => {
    const gone = await post();
    await books.post(hold(owner, 1n));
    expect((await log.sequence()).state).toBe('gap');
    await gone.kill();
    await settle();
  });

  it('holds a dead gap alive while an older transaction is open, and says how far the log is behind', async () => {
    const gone = await post();
    const old = await post(1, await books.account(10n));
    await books.post(hold(owner, 1n));
    await gone.end('ROLLBACK');
    for (let look = 0; look < 4; look += 1) expect((await log.sequence()).state).toBe('gap');
    expect(await log.lag.lagMs()).toBeGreaterThan(0);
    await old.end('ROLLBACK');
    await settle();
    expect(await log.lag.lagMs()).toBe(0);
  });

  it('does not begin to wait anew with every further gap', async () => {
    const first = await post();
    await books.post(hold(owner, 1n));
    expect((await log.sequence()).state).toBe('gap');
    await first.end('ROLLBACK');
    const second = await post();
    await books.post(hold(owner, 1n));
    // The first gap is dead by its own bound, though the second one's poster is still open.
    expect(await log.sequence()).toEqual({ state: 'gap', appended: 1 });
    await second.end('COMMIT');
    await settle();
  });

  it('forgets a bound from another server’s life', async () => {
    const gone = await post();
    await books.post(hold(owner, 1n));
    await log.sequence();
    await gone.end('ROLLBACK');
    await books.asOwner(`UPDATE ledger.log_state SET gap_bound = '18000000000000000000'`);
    expect((await log.sequence()).state).toBe('gap');
    await settle();
  });

  it('killed in the middle of a chunk, leaves nothing behind', async () => {
    await books.post(grant(owner, 1n), grant(owner, 2n));
    const before = await log.readLog.size();
    const runner = await begin();
    const [{ pid }] = await runner.query('SELECT pg_backend_pid() AS pid');
    const [state] = await runner.query('SELECT * FROM ledger.lock_log()');
    const leaves = await log.readLeaves.after(runner.manager, BigInt(state.last_id), 10);
    await runner.query(`SELECT ledger.append_leaves($1, $2, $3, $4, '{}', '{}', '{}')`, [
      state.size,
      leaves.map(({ transferId }) => transferId),
      Buffer.concat(leaves.map(({ hash }) => hash)),
      Buffer.alloc(32),
    ]);
    expect(await log.sequence()).toEqual({ state: 'busy', appended: 0 });
    await books.asOwner('SELECT pg_terminate_backend($1)', [pid]);
    await until('the lock is free', async () => (await log.sequence()).state === 'done');
    await runner.release().catch(() => undefined);
    expect(await log.readLog.size()).toBe(before + 2);
    await settle();
  });

  it('appends nothing twice, whatever it is told', async () => {
    const [state] = await books.asOwner('SELECT size, last_id FROM ledger.log_state');
    const append = (size: unknown, id: unknown): Promise<unknown> =>
      books.dataSource
        .query(`SELECT ledger.append_leaves($1, ARRAY[$2::bigint], $3, $3, '{}', '{}', '{}')`, [size, id, Buffer.alloc(32)])
        .catch((error: { driverError?: { code?: string } }) => error.driverError?.code);
    expect(await append(state?.size, state?.last_id)).toBe('40001');
    expect(await append(Number(state?.size) + 1, Number(state?.last_id) + 1)).toBe('40001');
  });

  it('takes turns with others, while transfers are posted by many', async () => {
    const others = [log, openLog(books), openLog(books)];
    const accounts = await Promise.all(Array.from({ length: 8 }, () => books.account(100_000n)));
    let posting = true;
    const posters = accounts.map(async (account, place) => {
      for (let round = 0; round < 30; round += 1) {
        await books.transaction
          .run(async (tx) => {
            await books.ledger.post(tx, [hold(account, 1n), hold(account, 2n)]);
            if ((round + place) % 7 === 0) throw new Error('rolled back');
          })
          .catch((error: Error) => expect(error.message).toBe('rolled back'));
      }
    });
    const sequencers = others.map(async (one) => {
      while (posting) await one.appendLeaves.run();
    });
    await Promise.all(posters);
    posting = false;
    await Promise.all(sequencers);
    await settle();
    expect(await log.checkLog.run()).toEqual([]);
  });
});
