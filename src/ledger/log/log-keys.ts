/**
 * The keys that sign the log, one after the other. A process signs only while its key is the current one; which that is stands in the
 * database, so that replicas with different settings cannot both sign.
 *
 * At boot: an empty log takes this process's key as its first. A process whose key is not the current one, but which can sign with the
 * current one too (`POTLUCK_LOG_KEY_PREVIOUS`, or the same key under the grid's former name), puts its key in its place, with a
 * statement signed by the one it replaces. Any other process leaves signing to those that have the key, and says so.
 */

import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { keyPairFromSeed } from '#libs/signing/ed25519.js';
import { createSigner } from '#libs/signing/ed25519-node.js';
import type { VerifierKey } from '#libs/transparency/checkpoint.js';
import { successionBytes } from '#libs/transparency/key-succession.js';
import { logNameOf } from '#libs/transparency/log-name.js';
import type { NoteSigner } from '#libs/transparency/signed-note.js';
import { Transaction } from '../../database/transaction.js';
import { Settings } from '../../settings/settings.js';

export interface LogKey extends VerifierKey {
  /** From 1, without gaps. */
  number: number;
  since: Date;
  /** Leaves when it became the current one. */
  size: number;
  /** By the key before it; null: the first. */
  succession: Buffer | null;
}

export type Registration = { state: 'current' | 'registered' | 'succeeded' | 'not_current'; key: LogKey };

interface KeyRow {
  number: number;
  name: string;
  public_key: Buffer;
  since: Date;
  size: string;
  succession: Buffer | null;
}

@Injectable()
export class LogKeys {
  /** This process's own. */
  readonly signer: NoteSigner;
  private readonly previous: NoteSigner | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly transaction: Transaction,
    settings: Settings,
  ) {
    const name = logNameOf(settings.publicOrigin);
    this.signer = signerOf(name, settings.logKey);
    this.previous = settings.previousLogKey && signerOf(name, settings.previousLogKey);
  }

  /** Oldest first. */
  async all(): Promise<LogKey[]> {
    const rows: KeyRow[] = await this.dataSource.query('SELECT * FROM ledger.log_keys ORDER BY number');
    return rows.map(keyOf);
  }

  isOwn(key: VerifierKey): boolean {
    return key.name === this.signer.name && Buffer.from(this.signer.publicKey).equals(key.publicKey);
  }

  /** Makes this process's key the current one where it may. Two processes that start together agree on the first one's. */
  async register(): Promise<Registration> {
    for (;;) {
      const current = (await this.all()).at(-1);
      if (current && this.isOwn(current)) return { state: 'current', key: current };
      const old = current && [this.signer, this.previous].find((one) => one && isSameKey(one, current));
      if (current && !old) return { state: 'not_current', key: current };
      const key = await this.transaction.run(async (tx) => {
        // The size stands still while the state is locked: the statement names the one at which the key changed.
        const [state]: { size: string }[] = await tx.query('SELECT size FROM ledger.wait_for_log()');
        const size = Number(state?.size);
        const succession = old ? Buffer.from(old.sign(successionBytes(this.signer, size))) : null;
        const [row]: { registered: boolean }[] = await tx.query(
          'SELECT ledger.register_log_key($1, $2, $3, $4, $5) AS registered',
          [current?.number ?? 0, this.signer.name, Buffer.from(this.signer.publicKey), size, succession],
        );
        return row?.registered;
      });
      // Another process was faster: look again at what it made.
      if (key) return { state: current ? 'succeeded' : 'registered', key: (await this.all()).at(-1) as LogKey };
    }
  }
}

function signerOf(name: string, seed: Uint8Array): NoteSigner {
  return { name, publicKey: keyPairFromSeed(seed).publicKey, sign: createSigner(seed) };
}

const isSameKey = (one: VerifierKey, other: VerifierKey): boolean => Buffer.from(one.publicKey).equals(other.publicKey);

function keyOf(row: KeyRow): LogKey {
  return {
    number: row.number,
    name: row.name,
    publicKey: row.public_key,
    since: row.since,
    size: Number(row.size),
    succession: row.succession,
  };
}
