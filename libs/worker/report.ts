/**
 * Results on their way to the coordinator: one signature over the root of a Merkle tree whose leaves are the canonical results, in
 * order. A host failure is told but not signed: it is no result and has no leaf.
 */
import { reportBytes, resultBytes } from '#libs/signing/attestation.js';
import { encodeBase64 } from '#libs/signing/binary-text.js';
import { sign as signWith } from '#libs/signing/ed25519.js';
import { leafHash, rootOfHashes } from '#libs/transparency/merkle-tree.js';
import type { FinishedTask } from './lease.js';

export interface Attester {
  origin: string;
  nodeId: string;
  secretKey: Uint8Array;
  /** Signs with that key, where the shell has something faster than tweetnacl. */
  sign?: Sign;
}

/** ed25519 (RFC 8032) over these bytes. */
export type Sign = (bytes: Uint8Array) => Uint8Array;

export interface Report {
  reportId: string;
  results: ReportedResult[];
  /** Base64. */
  signature: string;
}

export interface ReportedResult {
  leaseId: string;
  token: string;
  outcome?: string;
  /** Base64. */
  output?: string;
  outputDigest?: string;
  fuel?: string;
  hostFailure?: string;
  runMs: number;
}

/** What became of one result. All four are final: the worker may forget the lease. */
export interface Acknowledgement {
  leaseId: string;
  status: 'recorded' | 'duplicate' | 'late' | 'rejected';
  code?: string;
}

export function signReport(reportId: string, tasks: readonly FinishedTask[], attester: Attester): Report {
  const leaves = tasks.flatMap((task) => canonicalResult(task, attester) ?? []);
  const { origin, nodeId, secretKey, sign = (bytes: Uint8Array) => signWith(secretKey, bytes) } = attester;
  const statement = reportBytes({ origin, nodeId, reportId, count: leaves.length, root: rootOfHashes(leaves.map(leafHash)) });
  return { reportId, results: tasks.map(toWire), signature: encodeBase64(sign(statement)) };
}

function canonicalResult({ lease, result, outputDigest }: FinishedTask, attester: Attester): Uint8Array | undefined {
  if ('hostFailure' in result || outputDigest === undefined) return undefined;
  const { leaseId, taskId, jobId, runtimeId, codeDigest, inputDigest } = lease;
  const { origin, nodeId } = attester;
  const task = { leaseId, taskId, jobId, runtimeId, codeDigest, inputDigest };
  return resultBytes({ origin, nodeId, ...task, outcome: result.outcome, outputDigest, fuel: result.fuel.toString() });
}

function toWire({ lease, result, outputDigest }: FinishedTask): ReportedResult {
  const { leaseId, token } = lease;
  const runMs = Math.round(result.runMs);
  if ('hostFailure' in result) return { leaseId, token, hostFailure: result.hostFailure, runMs };
  const { outcome, output, fuel } = result;
  return { leaseId, token, outcome, output: encodeBase64(output), outputDigest, fuel: fuel.toString(), runMs };
}
