/** Open leases: found by owner and node, ended early (returned) or late (expired). Each end leaves a row in `results`. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EXPIRED, RETURNED } from './result-codes.js';

export interface OpenLease {
  jobId: string;
  ownerId: string;
  nodeId: string;
  leaseId: string;
  token: string;
  requestId: string;
  leaseMs: number;
  alone: boolean;
  priceMicro: bigint;
  /** False: the job is final already, so the lease is of no use any more. */
  jobOpen: boolean;
}

export interface EndedLease {
  jobId: string;
  nodeId: string;
  leaseId: string;
  /** The job still waits: its situation has to be looked at. */
  jobOpen: boolean;
}

export interface OwnerLoad {
  ownerId: string;
  nodeId: string;
  open: number;
  leasedAloneMicro: bigint;
}

interface LeaseRow {
  job_id: string;
  owner_id: string;
  node_id: string;
  lease_id: string;
  token: string;
  request_id: string;
  lease_ms: number;
  alone: boolean;
  price_micro: string;
  job_open: boolean;
}

@Injectable()
export class Leases {
  /** All open leases of one node. */
  async ofNode(tx: EntityManager, node: { ownerId: string; nodeId: string }): Promise<OpenLease[]> {
    const rows: LeaseRow[] = await tx.query(
      `SELECT l.job_id, l.owner_id, l.node_id, l.lease_id, l.token, l.request_id, l.lease_ms, l.alone, l.price_micro,
         o.job_id IS NOT NULL AS job_open
       FROM leases l LEFT JOIN open_jobs o ON o.job_id = l.job_id
       WHERE l.owner_id = $1 AND l.node_id = $2`,
      [node.ownerId, node.nodeId],
    );
    return rows.map((row) => ({
      jobId: row.job_id,
      ownerId: row.owner_id,
      nodeId: row.node_id,
      leaseId: row.lease_id,
      token: row.token,
      requestId: row.request_id,
      leaseMs: row.lease_ms,
      alone: row.alone,
      priceMicro: BigInt(row.price_micro),
      jobOpen: row.job_open,
    }));
  }

  /** How much each node of these owners has out, for quotas and exposure. */
  async loadOf(tx: EntityManager, ownerIds: string[]): Promise<OwnerLoad[]> {
    const rows: { owner_id: string; node_id: string; open: number; alone_micro: string }[] = await tx.query(
      `SELECT owner_id, node_id, count(*)::integer AS open, coalesce(sum(price_micro) FILTER (WHERE alone), 0) AS alone_micro
       FROM leases WHERE owner_id = ANY ($1::uuid[]) GROUP BY owner_id, node_id`,
      [ownerIds],
    );
    return rows.map((row) => ({
      ownerId: row.owner_id,
      nodeId: row.node_id,
      open: row.open,
      leasedAloneMicro: BigInt(row.alone_micro),
    }));
  }

  /** Owners whose nodes are at work now. */
  async busyOwners(tx: EntityManager): Promise<Set<string>> {
    const rows: { owner_id: string }[] = await tx.query('SELECT DISTINCT owner_id FROM leases');
    return new Set(rows.map((row) => row.owner_id));
  }

  /** Ends leases that their node gave back, or does not have any more. */
  async return(tx: EntityManager, leases: { jobId: string; ownerId: string; token: string }[]): Promise<EndedLease[]> {
    return this.end(tx, leases, RETURNED);
  }

  /** Notes that a node gave leases back; answers how often it did within the last hour, this time included. */
  async countReturn(tx: EntityManager, nodeId: string): Promise<number> {
    const [row]: { batches: number }[] = await tx.query(
      `WITH noted AS (INSERT INTO lease_returns VALUES ($1, clock_timestamp()) ON CONFLICT DO NOTHING)
       SELECT count(*)::integer + 1 AS batches FROM lease_returns
       WHERE node_id = $1 AND returned_at > clock_timestamp() - interval '1 hour'`,
      [nodeId],
    );
    return row?.batches ?? 1;
  }

  /** Ends the leases that are past their time, oldest first, at most `limit`. */
  async expire(tx: EntityManager, limit: number): Promise<EndedLease[]> {
    const due: { job_id: string; owner_id: string; token: string }[] = await tx.query(
      'SELECT job_id, owner_id, token FROM leases WHERE expires_at < clock_timestamp() ORDER BY expires_at LIMIT $1',
      [limit],
    );
    if (due.length === 0) return [];
    return this.end(
      tx,
      due.map((row) => ({ jobId: row.job_id, ownerId: row.owner_id, token: row.token })),
      EXPIRED,
    );
  }

  private async end(
    tx: EntityManager,
    leases: { jobId: string; ownerId: string; token: string }[],
    ended: number,
  ): Promise<EndedLease[]> {
    if (leases.length === 0) return [];
    const rows: { job_id: string; node_id: string; lease_id: string; job_open: boolean }[] = await tx.query(
      'SELECT * FROM end_leases($1, $2, $3, $4)',
      [leases.map(({ jobId }) => jobId), leases.map(({ ownerId }) => ownerId), leases.map(({ token }) => token), ended],
    );
    return rows.map((row) => ({ jobId: row.job_id, nodeId: row.node_id, leaseId: row.lease_id, jobOpen: row.job_open }));
  }
}
