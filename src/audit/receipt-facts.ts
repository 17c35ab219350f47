/** What a receipt is made of, from the jobs' own tables: facts that are kept for ever, unlike inputs and outputs. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { resultBytes } from '#libs/signing/attestation.js';
import { encodeId } from '#libs/signing/ids.js';
import type { ReceiptAttestation, ReceiptFields } from '#libs/signing/receipt.js';
import { inclusionPath } from '#libs/transparency/merkle-tree.js';
import { outcomeName } from '../jobs/result-codes.js';
import { transferKinds } from '../ledger/kinds.js';
import { hashesOf } from '../ledger/log/append-leaves.js';
import { receiptFieldsOf } from '../verifier/receipt-fields.js';

export interface SettledRow {
  accountId: string;
  /** The job has an outcome; of the revision that was asked for, too. */
  settled: boolean;
  found: boolean;
  /** The transfer that carries the evidence; null: none did. */
  transferId: bigint | null;
  fields: ReceiptFields;
  /** Of a slash that paid for a correction. */
  evidence: Record<string, string> | undefined;
  /** As the results' rows have them, to find those that agree. */
  agreed: { ended: number | null; outputDigest: Buffer | null; fuel: string | null };
}

// More nodes never agree on one job: five executions, and twins that came late.
const MAX_ATTESTATIONS = 64;

@Injectable()
export class ReceiptFacts {
  constructor(private readonly dataSource: DataSource) {}

  async ofJob(jobId: string, revision: 1 | 2, origin: string): Promise<SettledRow | undefined> {
    const [row]: Record<string, unknown>[] = await this.dataSource.query(SETTLED, [jobId, revision]);
    if (!row) return undefined;
    const agreed = { ended: row.outcome, outputDigest: row.output_digest, fuel: row.fuel } as SettledRow['agreed'];
    return {
      accountId: row.account_id as string,
      settled: row.settled as boolean,
      found: row.charged_micro !== null,
      transferId: row.transfer_id === null ? null : BigInt(row.transfer_id as string),
      agreed,
      evidence: (row.evidence ?? undefined) as SettledRow['evidence'],
      fields: receiptFieldsOf({
        origin,
        jobId,
        version: { functionName: row.name as string, codeDigest: row.code_digest as Buffer, runtimeId: row.runtime_id as string },
        inputDigest: row.input_digest as Buffer,
        outcome: agreed.ended === null ? String(row.error_kind ?? '') : outcomeName(agreed.ended),
        outputDigest: agreed.outputDigest,
        fuel: agreed.fuel === null ? null : BigInt(agreed.fuel),
        chargedMicro: BigInt((row.charged_micro ?? 0) as string),
        assurance: row.assurance as string,
        credibilityPpm: row.credibility_ppm as number | null,
        referee: row.referee === true,
      }),
    };
  }

  /** Of every node whose result is the agreed one, in the order in which they came. */
  async attestations(jobId: string, { fields, agreed }: SettledRow): Promise<ReceiptAttestation[]> {
    if (agreed.ended === null) return [];
    const rows: AttestationRow[] = await this.dataSource.query(ATTESTATIONS, [
      jobId,
      agreed.ended,
      agreed.outputDigest,
      agreed.fuel,
      MAX_ATTESTATIONS,
    ]);
    return rows.map((row) => attestationOf(row, fields));
  }
}

interface AttestationRow {
  lease_id: string;
  node_id: string;
  leaf: number;
  report_id: string;
  public_key: Buffer;
  leaves: Buffer;
  signature: Buffer;
}

function attestationOf(row: AttestationRow, fields: ReceiptFields): ReceiptAttestation {
  const nodeId = encodeId('node', row.node_id);
  const ids = { nodeId, leaseId: encodeId('lease', row.lease_id), taskId: encodeId('task', row.lease_id) };
  const hashes = hashesOf(row.leaves);
  return {
    nodeId,
    publicKey: row.public_key.toString('base64'),
    reportId: row.report_id,
    result: Buffer.from(resultBytes({ ...fields, ...ids })).toString('base64'),
    index: String(row.leaf),
    count: String(hashes.length),
    path: inclusionPath(hashes, row.leaf).map((hash) => hash.toString('base64')),
    signature: row.signature.toString('base64'),
  };
}

const [settle, compensate, slash] = [transferKinds.settle.code, transferKinds.compensate.code, transferKinds.slash.code];

/** A correction's evidence is with its compensation, or, where what was seized paid for all of it, with the slash. */
const SETTLED = `
  SELECT j.account_id, j.input_digest, j.assurance, f.name, v.code_digest, v.runtime_id, o.outcome, o.output_digest, o.fuel,
    o.charged_micro, o.credibility_ppm, o.referee, o.error_kind, t.id AS transfer_id, t.evidence,
    EXISTS (SELECT 1 FROM job_outcomes s WHERE s.job_id = j.id AND s.revision = 1) AS settled
  FROM jobs j JOIN versions v ON v.id = j.version_id JOIN functions f ON f.id = v.function_id
  LEFT JOIN job_outcomes o ON o.job_id = j.id AND o.revision = $2
  LEFT JOIN LATERAL (
    SELECT t.id, CASE WHEN t.kind = ${slash} THEN m.meta END AS evidence
    FROM ledger.transfers t LEFT JOIN ledger.transfer_meta m ON m.transfer_id = t.id
    WHERE t.reference = j.id AND t.evidence_hash IS NOT NULL AND CASE $2::integer
      WHEN 1 THEN t.kind = ${settle}
      ELSE t.kind = ${compensate} OR (t.kind = ${slash} AND m.meta ->> 'correctedReceipt' IS NOT NULL) END
    ORDER BY t.kind = ${compensate} DESC, t.ordinal LIMIT 1
  ) t ON true
  WHERE j.id = $1`;

const ATTESTATIONS = `
  SELECT r.lease_id, r.node_id, r.leaf, p.report_id, p.public_key, p.leaves, p.signature
  FROM results r JOIN reports p ON p.id = r.report_id
  WHERE r.job_id = $1 AND r.leaf IS NOT NULL AND r.ended = $2 AND r.output_digest IS NOT DISTINCT FROM $3
    AND r.fuel IS NOT DISTINCT FROM $4::bigint
  ORDER BY r.ended_at, r.n LIMIT $5`;
