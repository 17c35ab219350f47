/**
 * From transfers to leaves, set-based. A leaf is computed here wherever one is needed (appending, checking, receipts), from the books
 * and nothing else. Legs come as one text column each: the driver's work on six columns costs as much as the hashing.
 */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource, type EntityManager } from 'typeorm';
import { type LeafFields, type LeafLeg, leafBytes, legHash } from '#libs/transparency/leaf.js';
import { leafHash } from '#libs/transparency/merkle-tree.js';
import { kindName } from '../kinds.js';

export interface TransferLeaf {
  transferId: bigint;
  fields: LeafFields;
  /** What the leg hashes hide, in leg order. */
  legs: LeafLeg[];
  hash: Buffer;
}

type Executor = Pick<EntityManager, 'query'>;

interface TransferRow {
  id: string;
  created_ms: string;
  kind: number;
  reference: string;
  ordinal: string;
  reverses: string | null;
  evidence_hash: Buffer | null;
}

/** Hashing blocks the process that answers requests: this many leaves take some 2 ms, then others have their turn. */
const LEAVES_A_TURN = 200;
const NO_BYTES = new Uint8Array();
// Milliseconds rounded down, as the leaf has them, whatever the column holds.
const COLUMNS = `id, floor(extract(epoch FROM created_at) * 1000)::text AS created_ms, kind, reference, ordinal, reverses, evidence_hash`;
const LEGS = `transfer_id || ' ' || balance_id || ' ' || amount || ' ' || balance_after || ' ' || seq AS leg`;

@Injectable()
export class ReadLeaves {
  /** Balances keep their public ids for ever. */
  private readonly publicIds = new LRUCache<string, string>({ max: 100_000 });

  constructor(private readonly dataSource: DataSource) {}

  /** The transfers behind this id that are to be seen now, in the order of their ids. */
  async after(tx: EntityManager, id: bigint, limit: number): Promise<TransferLeaf[]> {
    const transfers: TransferRow[] = await tx.query(
      `SELECT ${COLUMNS} FROM ledger.transfers WHERE id > $1 ORDER BY id LIMIT $2`,
      [id, limit],
    );
    return this.withLegs(tx, id, transfers);
  }

  /** Transfers behind one id up to another, at most `limit`, in the order of their ids. */
  async between(after: bigint, upTo: bigint, limit: number): Promise<TransferLeaf[]> {
    const transfers: TransferRow[] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM ledger.transfers WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3`,
      [after, upTo, limit],
    );
    return this.withLegs(this.dataSource, after, transfers);
  }

  /** Of these transfers, in the order of their ids; those that are not there are left out. */
  async of(ids: readonly bigint[], executor: Executor = this.dataSource): Promise<TransferLeaf[]> {
    const transfers: TransferRow[] = await executor.query(
      `SELECT ${COLUMNS} FROM ledger.transfers WHERE id = ANY ($1::bigint[]) ORDER BY id`,
      [ids],
    );
    const legs: { leg: string }[] = await executor.query(
      `SELECT ${LEGS} FROM ledger.entries WHERE transfer_id = ANY ($1::bigint[]) ORDER BY transfer_id, leg`,
      [ids],
    );
    return this.leavesOf(executor, transfers, legs);
  }

  private async withLegs(executor: Executor, after: bigint, transfers: TransferRow[]): Promise<TransferLeaf[]> {
    const last = transfers.at(-1);
    if (!last) return [];
    const legs: { leg: string }[] = await executor.query(
      `SELECT ${LEGS} FROM ledger.entries WHERE transfer_id > $1 AND transfer_id <= $2 ORDER BY transfer_id, leg`,
      [after, last.id],
    );
    return this.leavesOf(executor, transfers, legs);
  }

  private async leavesOf(executor: Executor, transfers: TransferRow[], legs: { leg: string }[]): Promise<TransferLeaf[]> {
    const parts = legs.map(({ leg }) => leg.split(' ') as [string, string, string, string, string]);
    const publicIds = await this.publicIdsOf(executor, parts);
    const leaves: TransferLeaf[] = [];
    let at = 0;
    for (const row of transfers) {
      const own: LeafLeg[] = [];
      // Both lists are in the order of ids; legs of a transfer that committed after the transfers were read are passed over.
      for (; at < parts.length; at += 1) {
        const [transferId, balance, amount, balanceAfter, seq] = parts[at] as [string, string, string, string, string];
        if (transferId === row.id) own.push({ balanceId: publicIds.get(balance) ?? '', amount, balanceAfter, seq });
        else if (own.length > 0 || BigInt(transferId) > BigInt(row.id)) break;
      }
      leaves.push(leafOf(row, own));
      if (leaves.length % LEAVES_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return leaves;
  }

  private async publicIdsOf(executor: Executor, parts: [string, string, string, string, string][]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const missing = new Set<string>();
    for (const [, balance] of parts) {
      if (found.has(balance) || missing.has(balance)) continue;
      const known = this.publicIds.get(balance);
      if (known === undefined) missing.add(balance);
      else found.set(balance, known);
    }
    if (missing.size > 0) {
      const rows: { id: string; public_id: string }[] = await executor.query(
        'SELECT id, public_id FROM ledger.balances WHERE id = ANY ($1::bigint[])',
        [[...missing]],
      );
      for (const { id, public_id } of rows) {
        found.set(id, public_id);
        this.publicIds.set(id, public_id);
      }
    }
    return found;
  }
}

function leafOf(row: TransferRow, legs: LeafLeg[]): TransferLeaf {
  const fields: LeafFields = {
    id: row.id,
    createdAt: new Date(Number(row.created_ms)).toISOString(),
    kind: kindName(row.kind),
    reference: row.reference,
    ordinal: row.ordinal,
    reverses: row.reverses ?? '',
    evidenceHash: row.evidence_hash ?? NO_BYTES,
    legHashes: legs.map(legHash),
  };
  return { transferId: BigInt(row.id), fields, legs, hash: leafHash(leafBytes(fields)) };
}
