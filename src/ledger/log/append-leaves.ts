/**
 * The sequencer: gives each transfer its leaf, in the order of ids, exactly once, outside the posting path.
 *
 * 1. `lock_log` locks the one row of the log's state; where another process has it, this one has nothing to do. It also says below
 *    which id missing ids are dead. The lock is held to the end of the chunk; no snapshot is, each statement has its own.
 * 2. Then, in later statements, the transfers behind the last sequenced one are read, in the order of ids.
 * 3. The chunk ends at the first id that is missing and not known to be dead: its transfer may still commit. Ids are taken after the
 *    locks on the balances, so what commits later with a lower id never touches the balances of what is there, but it must have its
 *    leaf before it.
 * 4. Leaves, the subtrees they complete and the state (size, frontier, last id) are written in that one transaction. Killed at any
 *    moment, either all of it is there or none.
 * 5. If a gap ended the chunk, `note_gap` remembers, in a transaction of its own, the highest id H to be seen and then, as a bound, its
 *    own transaction id X. Every id below H was taken before H was to be seen, and its poster had its transaction id before it took
 *    the id (`post` forces it): so each poster of a missing id is older than X. (The snapshot's xmax would not do: it is one past the
 *    last transaction that *ended*, and the poster may have begun later than that.)
 * 6. Once the oldest running transaction is not older than X, all those posters have ended. Who committed is seen by whatever is read
 *    after that was found (step 1 before step 2); ids below H that are missing even then will never come, and are passed over.
 */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Frontier } from '#libs/transparency/frontier.js';
import { Transaction } from '../../database/transaction.js';
import { ReadLeaves, type TransferLeaf } from './read-leaves.js';

/** Bounds the lock, the memory and the turns of the event loop that one chunk takes; a backlog is worked off chunk after chunk. */
const CHUNK = 1_000;
const HASH_BYTES = 32;

/** `more`: the next chunk waits; `done`: nothing more to be seen; `gap`: a transfer may still come first; `busy`: another process appends. */
export type AppendOutcome = { state: 'more' | 'done' | 'gap' | 'busy'; appended: number };

interface LockedLog {
  size: string;
  frontier: Buffer;
  last_id: string;
  dead_below: string | null;
}

@Injectable()
export class AppendLeaves {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transaction: Transaction,
    private readonly readLeaves: ReadLeaves,
  ) {}

  /** One chunk. */
  async run(): Promise<AppendOutcome> {
    const { missing, ...outcome } = await this.transaction.run((tx) => this.append(tx));
    if (missing !== undefined) await this.dataSource.query('SELECT ledger.note_gap($1)', [missing]);
    return outcome;
  }

  private async append(tx: EntityManager): Promise<AppendOutcome & { missing?: bigint }> {
    const [log]: LockedLog[] = await tx.query('SELECT * FROM ledger.lock_log()');
    if (!log) return { state: 'busy', appended: 0 };
    const leaves = await this.readLeaves.after(tx, BigInt(log.last_id), CHUNK);
    const missing = firstGap(BigInt(log.last_id), leaves, BigInt(log.dead_below ?? 0));
    const ready = missing === undefined ? leaves : leaves.filter(({ transferId }) => transferId < missing);
    if (ready.length > 0) await this.write(tx, log, ready);
    if (missing !== undefined) return { state: 'gap', appended: ready.length, missing };
    return { state: leaves.length === CHUNK ? 'more' : 'done', appended: ready.length };
  }

  private async write(tx: EntityManager, log: LockedLog, leaves: TransferLeaf[]): Promise<void> {
    const size = Number(log.size);
    const frontier = new Frontier(size, hashesOf(log.frontier));
    const levels: number[] = [];
    const indexes: number[] = [];
    const roots: Buffer[] = [];
    for (const { hash } of leaves) {
      frontier.append(hash, ({ height, index }, root) => {
        if (height % 8 !== 0) return;
        levels.push(height / 8);
        indexes.push(index);
        roots.push(Buffer.from(root));
      });
    }
    await tx.query('SELECT ledger.append_leaves($1, $2, $3, $4, $5, $6, $7)', [
      size,
      leaves.map(({ transferId }) => transferId),
      Buffer.concat(leaves.map(({ hash }) => hash)),
      Buffer.concat(frontier.hashes),
      levels,
      indexes,
      roots,
    ]);
  }
}

/** Hashes one behind the other, as the database keeps them. */
export function hashesOf(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, place) =>
    bytes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES),
  );
}

/** The first id behind `last` that is missing before one of the leaves and may still come. */
function firstGap(last: bigint, leaves: readonly TransferLeaf[], deadBelow: bigint): bigint | undefined {
  let next = last + 1n;
  for (const { transferId } of leaves) {
    if (transferId > next && transferId > deadBelow) return next > deadBelow ? next : deadBelow;
    next = transferId + 1n;
  }
  return undefined;
}
