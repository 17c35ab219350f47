/**
 * What a node signs about its results: one ed25519 signature per report over the root of the RFC 9162 tree of its results. All
 * values are the API's texts; docs/worker-protocol.md has vectors.
 */
import { concatFields } from '#libs/transparency/length-prefixed.js';

export interface AttestedResult {
  origin: string;
  nodeId: string;
  leaseId: string;
  taskId: string;
  jobId: string;
  runtimeId: string;
  codeDigest: string;
  inputDigest: string;
  outcome: string;
  outputDigest: string;
  /** Decimal text. */
  fuel: string;
}

/** The bytes of one leaf, before the leaf hash. */
export function resultBytes(result: AttestedResult): Uint8Array {
  return concatFields([
    'potluck-attestation-v1',
    result.origin,
    result.nodeId,
    result.leaseId,
    result.taskId,
    result.jobId,
    result.runtimeId,
    result.codeDigest,
    result.inputDigest,
    result.outcome,
    result.outputDigest,
    result.fuel,
  ]);
}

export interface SignedReport {
  origin: string;
  nodeId: string;
  reportId: string;
  /** Number of leaves: results with an outcome. */
  count: number;
  /** Root of their tree, 32 bytes. */
  root: Uint8Array;
}

/** The bytes a report's signature is over. */
export function reportBytes(report: SignedReport): Uint8Array {
  return concatFields(['potluck-report-v1', report.origin, report.nodeId, report.reportId, report.count.toString(), report.root]);
}
