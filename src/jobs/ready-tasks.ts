/**
 * The queue: ready rows are locked here by the matcher, turned into leases and taken off the queue. Rows another matcher holds
 * are passed over; previous owners are read in a statement of their own, after the ready rows are locked.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type ContentType, contentTypeName, type Placement } from './new-job.js';

/** A locked ready row with what matching needs to know of its job. */
export interface ClaimedTask {
  jobId: string;
  submitterId: string;
  tag: bigint;
  readyAt: Date;
  /** Executions of this job still to hand out. */
  open: number;
  /** Leases of this job so far. */
  attempts: number;
  participantRequired: boolean;
  versionId: string;
  fuelLimit: bigint;
  createdAt: Date;
  inputBytes: number;
  memoryBytes: number;
  maxOutputBytes: number;
  contentType: ContentType;
  ownNodesOnly: boolean;
  inputDigest: Buffer;
  assurance: string;
  placement: Placement | null;
}

export interface PreviousOwner {
  jobId: string;
  ownerId: string;
  addressRange: string | null;
  /** It ended without a result: what follows is a retry. */
  lapsed: boolean;
}

/** Why a lease exists. */
export const leasePurposes = { vote: 1, hedge: 2, audit: 3 } as const;

export interface NewLease {
  jobId: string;
  ownerId: string;
  nodeId: string;
  leaseId: string;
  token: string;
  requestId: string;
  leaseMs: number;
  priceMicro: bigint;
  logOddsMicro: number;
  alone: boolean;
  newcomer: boolean;
  addressRange: string | null;
  /** Executions that stay open after this lease, and whether only a participant may take them. */
  openAfter: number;
  participantRequiredAfter: boolean;
}

type ClaimRow = Record<string, unknown> & { tag: string; fuel_limit: string };

@Injectable()
export class ReadyTasks {
  /** Locks at most `limit` ready rows from tag `from` on, lowest tag first. */
  async claim(tx: EntityManager, request: { from: bigint; limit: number; perLane: number }): Promise<ClaimedTask[]> {
    const rows: ClaimRow[] = await tx.query('SELECT * FROM claim_ready($1, $2, $3)', [
      request.from,
      request.limit,
      request.perLane,
    ]);
    return rows.map(claimedTask);
  }

  /** Who had these jobs already, open or ended: an owner, and an address range, gets a job once. */
  async previousOwners(tx: EntityManager, jobIds: string[]): Promise<PreviousOwner[]> {
    if (jobIds.length === 0) return [];
    const rows: { job_id: string; owner_id: string; address_range: string | null; lapsed: boolean }[] = await tx.query(
      `SELECT job_id, owner_id, address_range, false AS lapsed FROM leases WHERE job_id = ANY ($1::uuid[])
       UNION ALL SELECT job_id, owner_id, address_range, ended > 8 FROM results WHERE job_id = ANY ($1::uuid[])`,
      [jobIds],
    );
    return rows.map((row) => ({ jobId: row.job_id, ownerId: row.owner_id, addressRange: row.address_range, lapsed: row.lapsed }));
  }

  /** Writes all leases of one claim; answers each job's input. */
  async lease(
    tx: EntityManager,
    leases: NewLease[],
    options: { reviewMs: number; highestTag: bigint },
  ): Promise<Map<string, Buffer>> {
    const of = <T>(column: (lease: NewLease) => T): T[] => leases.map(column);
    const rows: { job_id: string; input: Buffer }[] = await tx.query(
      'SELECT * FROM write_leases($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)',
      [
        of((lease) => lease.jobId),
        of((lease) => lease.ownerId),
        of((lease) => lease.nodeId),
        of((lease) => lease.leaseId),
        of((lease) => lease.token),
        of((lease) => lease.requestId),
        of((lease) => lease.leaseMs),
        of((lease) => lease.priceMicro),
        of((lease) => lease.logOddsMicro),
        of(() => leasePurposes.vote),
        of((lease) => lease.alone),
        of((lease) => lease.newcomer),
        of((lease) => lease.addressRange),
        of((lease) => lease.openAfter),
        of((lease) => lease.participantRequiredAfter),
        options.reviewMs,
        options.highestTag,
      ],
    );
    return new Map(rows.map((row) => [row.job_id, row.input]));
  }

  /** Opens one more task a job; the caller has locked the jobs. */
  async add(tx: EntityManager, tasks: { jobId: string; participantRequired: boolean }[], reviewMs: number): Promise<void> {
    if (tasks.length === 0) return;
    await tx.query('SELECT add_tasks($1, $2, $3)', [
      tasks.map(({ jobId }) => jobId),
      tasks.map(({ participantRequired }) => participantRequired),
      reviewMs,
    ]);
  }

  /** Takes jobs off the queue, for a referee's vote instead. */
  async withdraw(tx: EntityManager, jobIds: string[]): Promise<void> {
    if (jobIds.length > 0) await tx.query('DELETE FROM ready_tasks WHERE job_id = ANY ($1::uuid[])', [jobIds]);
  }
}

function claimedTask(row: ClaimRow): ClaimedTask {
  return {
    jobId: row.job_id as string,
    submitterId: row.lane_id as string,
    tag: BigInt(row.tag),
    readyAt: row.ready_at as Date,
    open: row.open as number,
    attempts: row.attempts as number,
    participantRequired: row.participant_required as boolean,
    versionId: row.version_id as string,
    fuelLimit: BigInt(row.fuel_limit),
    createdAt: row.created_at as Date,
    inputBytes: row.input_bytes as number,
    memoryBytes: row.memory_bytes as number,
    maxOutputBytes: row.max_output_bytes as number,
    contentType: contentTypeName(row.content_type as number),
    ownNodesOnly: row.own_nodes_only as boolean,
    inputDigest: row.input_digest as Buffer,
    assurance: row.assurance as string,
    placement: row.placement as Placement | null,
  };
}
