/**
 * From transfers to leaves, set-based. A leaf is computed here wherever one is needed (appending, checking, receipts), from the books
 * and nothing else. A chunk comes as two texts, a line for each transfer and each leg: as rows of columns, the driver's work on them
 * costs more than all the hashing.
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

type TransferLine = [
  id: string,
  ms: string,
  kind: string,
  reference: string,
  ordinal: string,
  reverses: string,
  evidence: string,
];
type LegLine = [transferId: string, balance: string, amount: string, balanceAfter: string, seq: string];

/** Hashing blocks the process that answers requests: this many leaves take some 2 ms, then others have their turn. */
const LEAVES_A_TURN = 200;
const NO_BYTES = new Uint8Array();
// Milliseconds rounded down, as the leaf has them, whatever the column holds.
const TRANSFER = `id || ' ' || floor(extract(epoch FROM created_at) * 1000) || ' ' || kind || ' ' || reference || ' ' || ordinal || ' '
  || coalesce(reverses::text, '') || ' ' || coalesce(encode(evidence_hash, 'hex'), '')`;
const LEG = `transfer_id || ' ' || balance_id || ' ' || amount || ' ' || balance_after || ' ' || seq`;
const transfersOf = (where: string): string =>
  `SELECT string_agg(line, E'\\n' ORDER BY id) AS lines FROM (SELECT id, ${TRANSFER} AS line FROM ledger.transfers WHERE ${where}) t`;
const legsOf = (where: string): string =>
  `SELECT string_agg(${LEG}, E'\\n' ORDER BY transfer_id, leg) AS lines FROM ledger.entries WHERE ${where}`;

@Injectable()
export class ReadLeaves {
  /** Balances keep their public ids for ever. */
  private readonly publicIds = new LRUCache<string, string>({ max: 100_000 });

  constructor(private readonly dataSource: DataSource) {}

  /** The transfers behind this id that are to be seen now, in the order of their ids. */
  after(executor: Executor, id: bigint, limit: number): Promise<TransferLeaf[]> {
    return this.read(executor, 'id > $1 ORDER BY id LIMIT $2', [id, limit]);
  }

  /** Transfers behind one id up to another, at most `limit`, in the order of their ids. */
  between(after: bigint, upTo: bigint, limit: number): Promise<TransferLeaf[]> {
    return this.read(this.dataSource, 'id > $1 AND id <= $2 ORDER BY id LIMIT $3', [after, upTo, limit]);
  }

  /** Of these transfers, in the order of their ids; those that are not there are left out. */
  async of(ids: readonly bigint[], executor: Executor = this.dataSource): Promise<TransferLeaf[]> {
    const transfers = await linesOf<TransferLine>(executor, transfersOf('id = ANY ($1::bigint[])'), [ids]);
    const legs = await linesOf<LegLine>(executor, legsOf('transfer_id = ANY ($1::bigint[])'), [ids]);
    return this.leavesOf(executor, transfers, legs);
  }

  private async read(executor: Executor, where: string, parameters: (bigint | number)[]): Promise<TransferLeaf[]> {
    const transfers = await linesOf<TransferLine>(executor, transfersOf(where), parameters);
    const first = transfers[0]?.[0];
    if (first === undefined) return [];
    const range = [first, transfers.at(-1)?.[0]];
    const legs = await linesOf<LegLine>(executor, legsOf('transfer_id BETWEEN $1 AND $2'), range);
    return this.leavesOf(executor, transfers, legs);
  }

  private async leavesOf(executor: Executor, transfers: TransferLine[], legs: LegLine[]): Promise<TransferLeaf[]> {
    const publicIds = await this.publicIdsOf(executor, legs);
    const leaves: TransferLeaf[] = [];
    let at = 0;
    for (const line of transfers) {
      const own: LeafLeg[] = [];
      // Both lists are in the order of ids; legs of a transfer that committed after the transfers were read are passed over.
      for (; at < legs.length; at += 1) {
        const [transferId, balance, amount, balanceAfter, seq] = legs[at] as LegLine;
        if (transferId === line[0]) own.push({ balanceId: publicIds.get(balance) ?? '', amount, balanceAfter, seq });
        else if (own.length > 0 || BigInt(transferId) > BigInt(line[0])) break;
      }
      leaves.push(leafOf(line, own));
      if (leaves.length % LEAVES_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return leaves;
  }

  private async publicIdsOf(executor: Executor, legs: LegLine[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const missing = new Set<string>();
    for (const [, balance] of legs) {
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

async function linesOf<Line>(executor: Executor, sql: string, parameters: unknown[]): Promise<Line[]> {
  const [row]: { lines: string | null }[] = await executor.query(sql, parameters);
  return row?.lines ? row.lines.split('\n').map((line) => line.split(' ') as Line) : [];
}

function leafOf([id, ms, kind, reference, ordinal, reverses, evidence]: TransferLine, legs: LeafLeg[]): TransferLeaf {
  const fields: LeafFields = {
    id,
    createdAt: new Date(Number(ms)).toISOString(),
    kind: kindName(Number(kind)),
    reference,
    ordinal,
    reverses,
    evidenceHash: evidence === '' ? NO_BYTES : Buffer.from(evidence, 'hex'),
    legHashes: legs.map(legHash),
  };
  return { transferId: BigInt(id), fields, legs, hash: leafHash(leafBytes(fields)) };
}
