/**
 * Law I13 over a range of leaves: each transfer has one leaf, in the order of ids; its hash is what the books say now; the roots of
 * subtrees and every checkpoint are those of the recomputed tree, and signed by a key of the log. Over the whole log nothing is trusted
 * but the books and the keys; over a part, the tree before it is taken as it stands.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Frontier } from '#libs/transparency/frontier.js';
import { subtreesOf } from '#libs/transparency/tree-ranges.js';
import { hashesOf } from './append-leaves.js';
import { offendingKeys, offendingNote } from './check-keys.js';
import { type LogKey, LogKeys } from './log-keys.js';
import { HashesMissing, LogTiles } from './log-tiles.js';
import { ReadLeaves } from './read-leaves.js';
import { type LogState, ReadLog } from './read-log.js';

/** Leaves looked at in one go: bounds the memory, and how long a snapshot is held. */
const PAGE = 2_000;
/** One bad leaf says enough; a million would only hide it. */
const MOST_OFFENDERS = 100;

interface Segment {
  first_index: string;
  transfer_ids: string[];
  hashes: Buffer;
}

interface Walk {
  frontier: Frontier;
  /** Of the last leaf before. */
  lastId: bigint;
  keys: LogKey[];
  offenders: string[];
}

@Injectable()
export class CheckLog {
  constructor(
    private readonly dataSource: DataSource,
    private readonly readLog: ReadLog,
    private readonly readLeaves: ReadLeaves,
    private readonly tiles: LogTiles,
    private readonly logKeys: LogKeys,
  ) {}

  /** What breaks the law among the leaves [from, to), at most a hundred; whole segments that touch the range are checked. */
  async run(fromLeafIndex = 0, toLeafIndex = Number.MAX_SAFE_INTEGER): Promise<string[]> {
    const state = await this.readLog.state();
    const to = Math.min(toLeafIndex, state.size);
    const walk = await this.start(Math.min(fromLeafIndex, to));
    while (walk.frontier.size < to && walk.offenders.length < MOST_OFFENDERS) if (!(await this.page(walk))) break;
    if (walk.frontier.size === state.size) await this.checkEnd(walk, state);
    return walk.offenders.slice(0, MOST_OFFENDERS);
  }

  private async start(from: number): Promise<Walk> {
    const [row]: { first_index: string; last_id: string | null }[] = await this.dataSource.query(
      `SELECT s.first_index, (SELECT last_id FROM ledger.leaves WHERE first_index < s.first_index ORDER BY first_index DESC LIMIT 1)
       FROM ledger.leaves s WHERE s.first_index <= $1 ORDER BY s.first_index DESC LIMIT 1`,
      [from],
    );
    const at = from === 0 ? 0 : Number(row?.first_index ?? 0);
    const keys = await this.logKeys.all();
    const offenders = offendingKeys(keys);
    const ranges = subtreesOf({ start: 0, end: at }).map(({ height, index }) => ({
      start: index * 2 ** height,
      end: (index + 1) * 2 ** height,
    }));
    try {
      const roots = await this.tiles.roots(ranges, at);
      return { frontier: new Frontier(at, roots), lastId: at === 0 ? 0n : BigInt(row?.last_id ?? 0), keys, offenders };
    } catch (error) {
      if (!(error instanceof HashesMissing)) throw error;
      return { frontier: new Frontier(), lastId: 0n, keys, offenders: [...offenders, error.message] };
    }
  }

  /** False: the segments do not go on here. */
  private async page(walk: Walk): Promise<boolean> {
    const start = walk.frontier.size;
    const segments: Segment[] = await this.dataSource.query(
      `SELECT first_index, transfer_ids, hashes FROM ledger.leaves WHERE first_index >= $1 AND first_index < $2 ORDER BY first_index`,
      [start, start + PAGE],
    );
    const leaves: { id: bigint; hash: Buffer }[] = [];
    for (const { first_index, transfer_ids, hashes } of segments) {
      if (Number(first_index) !== start + leaves.length) break;
      const all = hashesOf(hashes);
      leaves.push(...transfer_ids.map((id, place) => ({ id: BigInt(id), hash: all[place] as Buffer })));
    }
    if (leaves.length === 0) {
      walk.offenders.push(`leaf ${start} and those behind it are missing`);
      return false;
    }
    await this.checkLeaves(walk, leaves);
    await this.checkTree(walk, leaves);
    return true;
  }

  private async checkLeaves(walk: Walk, leaves: { id: bigint; hash: Buffer }[]): Promise<void> {
    const start = walk.frontier.size;
    // Twice as many as there are leaves: enough to show those without one, and a bound where an id was bent into the far future.
    const transfers = await this.readLeaves.between(walk.lastId, leaves.at(-1)?.id ?? 0n, 2 * leaves.length);
    const booked = new Map(transfers.map((leaf) => [leaf.transferId, leaf.hash]));
    for (const [place, { id, hash }] of leaves.entries()) {
      const name = `leaf ${start + place}, of transfer ${id},`;
      const recomputed = booked.get(id);
      if (id <= walk.lastId) walk.offenders.push(`${name} stands behind transfer ${walk.lastId}`);
      else if (!recomputed) walk.offenders.push(`${name} has no transfer in the books`);
      else if (!recomputed.equals(hash)) walk.offenders.push(`${name} is not what the books say now`);
      booked.delete(id);
      if (id > walk.lastId) walk.lastId = id;
    }
    for (const id of booked.keys()) walk.offenders.push(`transfer ${id} has no leaf`);
  }

  /** Over the leaves as they are stored: a leaf that does not fit the books is named once, not again by all that is built on it. */
  private async checkTree(walk: Walk, leaves: { hash: Buffer }[]): Promise<void> {
    const { frontier, offenders } = walk;
    const start = frontier.size;
    const checkpoints: { size: string; root: Buffer; note: string; key_number: number }[] = await this.dataSource.query(
      'SELECT size, root, note, key_number FROM ledger.checkpoints WHERE size > $1 AND size <= $2 ORDER BY size',
      [start, start + leaves.length],
    );
    const completed: { level: number; index: number; root: Buffer }[] = [];
    for (const { hash } of leaves) {
      frontier.append(hash, ({ height, index }, root) => {
        if (height % 8 === 0) completed.push({ level: height / 8, index, root: Buffer.from(root) });
      });
      const row = Number(checkpoints[0]?.size) === frontier.size ? checkpoints.shift() : undefined;
      if (!row) continue;
      if (!frontier.root().equals(row.root)) offenders.push(`checkpoint ${row.size} is not the root of its leaves`);
      offenders.push(...offendingNote({ ...row, size: frontier.size, keyNumber: row.key_number }, walk.keys));
    }
    const stored: { hash: Buffer | null }[] = await this.dataSource.query(
      `SELECT r.hash FROM unnest($1::smallint[], $2::bigint[]) WITH ORDINALITY AS i(level, index, ord)
       LEFT JOIN ledger.subtree_roots r ON r.level = i.level AND r.index = i.index ORDER BY i.ord`,
      [completed.map(({ level }) => level), completed.map(({ index }) => index)],
    );
    for (const [place, { level, index, root }] of completed.entries())
      if (!stored[place]?.hash?.equals(root)) offenders.push(`subtree ${level}/${index} has not the root of its leaves`);
  }

  private async checkEnd(walk: Walk, state: LogState): Promise<void> {
    if (!Buffer.concat(walk.frontier.hashes).equals(state.frontier) || walk.lastId !== state.lastId)
      walk.offenders.push('the state of the log is not that of its leaves');
    const [beyond]: { size: string }[] = await this.dataSource.query(
      'SELECT max(c.size) AS size FROM ledger.checkpoints c, ledger.log_state s WHERE c.size > s.size',
    );
    if (beyond?.size) walk.offenders.push(`checkpoint ${beyond.size} has more leaves than the log`);
  }
}
