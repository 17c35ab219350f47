/**
 * One signature per report: ed25519 over the root of the tree of its results (docs/worker-protocol.md). The facts a result does
 * not repeat (job, code, input) are filled in from our own rows, so a node cannot attest to another job than it leased.
 */

import { reportBytes, resultBytes } from '#libs/signing/attestation.js';
import { formatDigest } from '#libs/signing/digest.js';
import { createVerifier } from '#libs/signing/ed25519-node.js';
import { encodeId } from '#libs/signing/ids.js';
import { leafHash, rootOfHashes } from '#libs/transparency/merkle-tree.js';
import type { VersionFacts } from '../functions/versions.js';
import type { NodeCaller } from '../http/caller.js';
import type { JobFacts } from '../jobs/job-facts.js';
import type { ParsedReport, ReportedItem } from './parse-report.js';

export interface CheckedReport {
  state: 'checked';
  /** The leaf hashes one after the other, 32 bytes each. */
  leaves: Buffer;
  /** The place of each item among the leaves; null: a host failure, which has none. */
  places: (number | null)[];
}

export type AttestationCheck = CheckedReport | { state: 'unverifiable'; unknown: ReportedItem[] } | { state: 'wrong' };

export function checkAttestation(
  report: ParsedReport,
  node: NodeCaller,
  known: { origin: string; jobs: ReadonlyMap<string, JobFacts>; versions: ReadonlyMap<string, VersionFacts> },
): AttestationCheck {
  const unknown = report.items.filter((item) => item.outcome !== null && !known.jobs.has(item.jobId));
  if (unknown.length > 0) return { state: 'unverifiable', unknown };
  const nodeText = encodeId('node', node.nodeId);
  const hashes: Uint8Array[] = [];
  const places = report.items.map((item) => {
    if (item.outcome === null) return null;
    hashes.push(leafHash(leafOf(item, nodeText, known)));
    return hashes.length - 1;
  });
  if (hashes.length > 0) {
    const signed = reportBytes({
      origin: known.origin,
      nodeId: nodeText,
      reportId: report.reportId,
      count: hashes.length,
      root: rootOfHashes(hashes),
    });
    if (!createVerifier(node.publicKey)(signed, report.signature as Uint8Array)) return { state: 'wrong' };
  }
  return { state: 'checked', leaves: Buffer.concat(hashes), places };
}

function leafOf(
  item: ReportedItem,
  nodeText: string,
  known: { origin: string; jobs: ReadonlyMap<string, JobFacts>; versions: ReadonlyMap<string, VersionFacts> },
): Uint8Array {
  const job = known.jobs.get(item.jobId) as JobFacts;
  const version = known.versions.get(job.versionId) as VersionFacts;
  return resultBytes({
    origin: known.origin,
    nodeId: nodeText,
    leaseId: item.leaseText,
    taskId: encodeId('task', item.leaseId),
    jobId: encodeId('job', item.jobId),
    runtimeId: version.runtimeId,
    codeDigest: formatDigest(version.codeDigest),
    inputDigest: formatDigest(job.inputDigest),
    outcome: item.outcome as string,
    outputDigest: formatDigest(item.outputDigest as Buffer),
    fuel: (item.fuel as bigint).toString(),
  });
}
