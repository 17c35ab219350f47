/**
 * Signs the log as it is, each second that it grew. The checkpoint is stored before anyone is shown it, under the lock of the log's
 * state and keyed by its size: whoever signs, a size is signed once, and a published checkpoint is never forgotten.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { signCheckpoint } from '#libs/transparency/checkpoint.js';
import { Frontier } from '#libs/transparency/frontier.js';
import { hashesOf } from './append-leaves.js';
import { LogKeys } from './log-keys.js';

/** A signature and a row each second of a busy grid; more often would only make more of both. */
const EVERY_MS = 1_000;

/** `not_current`: this process has not the current key, and leaves it to those that have. */
export type SigningOutcome = 'signed' | 'not_due' | 'not_current';

interface Due {
  size: string;
  frontier: Buffer;
  number: number;
  name: string;
  public_key: Buffer;
}

/** A row where the log grew since its last checkpoint, and that is old enough. */
const DUE = `
  SELECT s.size, s.frontier, k.number, k.name, k.public_key FROM ledger.log_state s
  JOIN ledger.log_keys k ON k.number = (SELECT max(number) FROM ledger.log_keys)
  LEFT JOIN ledger.checkpoints c ON c.size = (SELECT max(size) FROM ledger.checkpoints)
  WHERE s.size > coalesce(c.size, 0) AND (c.size IS NULL OR c.signed_at <= clock_timestamp() - $1 * interval '1 millisecond')`;

@Injectable()
export class SignCheckpoint {
  constructor(
    private readonly dataSource: DataSource,
    private readonly keys: LogKeys,
  ) {}

  async run(): Promise<SigningOutcome> {
    const [due]: Due[] = await this.dataSource.query(DUE, [EVERY_MS]);
    if (!due) return 'not_due';
    if (!this.keys.isOwn({ name: due.name, publicKey: due.public_key })) return 'not_current';
    const size = Number(due.size);
    const root = new Frontier(size, hashesOf(due.frontier)).root();
    const note = signCheckpoint({ origin: due.name, size, root }, this.keys.signer);
    const [row]: { stored: boolean }[] = await this.dataSource.query(
      `SELECT ledger.store_checkpoint($1, $2, $3, $4, $5 * interval '1 millisecond') AS stored`,
      [size, root, note, due.number, EVERY_MS],
    );
    return row?.stored ? 'signed' : 'not_due';
  }
}
