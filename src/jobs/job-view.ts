/** A job as the API shows it. Digests, outputs and fuel appear only once it is settled. */
import { formatDigest } from '#libs/signing/digest.js';
import { encodeId } from '#libs/signing/ids.js';
import type { VersionFacts } from '../functions/versions.js';
import type { JobDto } from './job.dto.js';
import type { ContentType, NewJob } from './new-job.js';
import { statusName } from './result-codes.js';
import { exactJsonOf, type JsonBounds, shownOutput } from './shown-output.js';

/** One job's row with whatever belongs to its present state. */
export interface JobRow {
  jobId: string;
  versionId: string;
  batchId: string | null;
  holdMicro: bigint;
  assurance: string;
  contentType: ContentType;
  createdAt: Date;
  deadlineAt: Date;
  /** null while the job is open. */
  final: {
    status: number;
    executions: number;
    selfExecuted: boolean;
    credibilityPpm: number | null;
    fuel: bigint | null;
    unitMicro: bigint | null;
    chargedMicro: bigint;
    startedAt: Date | null;
    runEndedAt: Date | null;
    finishedAt: Date;
    errorKind: string | null;
  } | null;
  correctedAt: Date | null;
  openLeases: number;
  votes: number;
  firstLeasedAt: Date | null;
  input: Buffer | null;
  output: Buffer | null;
  correctedOutput: Buffer | null;
}

export function jobView(row: JobRow, version: VersionFacts, bounds: JsonBounds): JobDto {
  const { final } = row;
  const call = { abi: version.abi, contentType: row.contentType };
  const output = final && !final.errorKind && row.output ? shownOutput(row.output, call, bounds) : undefined;
  const corrected = row.correctedOutput ? shownOutput(row.correctedOutput, call, bounds) : undefined;
  const startedAt = final ? final.startedAt : row.firstLeasedAt;
  const digest = formatDigest(version.codeDigest);
  return {
    id: encodeId('job', row.jobId),
    function: version.functionName,
    version: digest,
    codeDigest: digest,
    runtimeId: version.runtimeId,
    status: final ? statusName(final.status) : openStatus(row),
    ...(row.input ? { input: shownInput(row.input, row.contentType) } : {}),
    ...(final?.errorKind ? { error: errorOf(final.errorKind, row.output) } : {}),
    ...(output && ('json' in output ? { output: output.json } : { outputBase64: output.base64 })),
    ...(final?.fuel != null ? { fuel: final.fuel.toString() } : {}),
    ...(final?.unitMicro != null ? { unit: final.unitMicro.toString() } : {}),
    ...(final ? { charged: final.chargedMicro.toString() } : {}),
    hold: row.holdMicro.toString(),
    contentType: row.contentType,
    assurance: row.assurance,
    ...(final?.credibilityPpm != null ? { credibility: final.credibilityPpm / 1e6 } : {}),
    executions: final ? final.executions : row.votes,
    selfExecuted: final?.selfExecuted ?? false,
    ...(row.batchId ? { batchId: encodeId('batch', row.batchId) } : {}),
    createdAt: row.createdAt.toISOString(),
    ...(startedAt ? { startedAt: startedAt.toISOString() } : {}),
    ...(final ? { finishedAt: final.finishedAt.toISOString() } : {}),
    deadlineAt: row.deadlineAt.toISOString(),
    ...(row.correctedAt ? { invalidatedAt: row.correctedAt.toISOString() } : {}),
    ...(corrected && ('json' in corrected ? { correctedOutput: corrected.json } : { correctedOutputBase64: corrected.base64 })),
    timings: timings(row, startedAt),
  };
}

/** A job that was submitted a moment ago, without reading it back. */
export function newJobRow(job: NewJob, batchId: string | null): JobRow {
  return {
    jobId: job.id,
    versionId: job.versionId,
    batchId,
    holdMicro: job.holdMicro,
    assurance: job.assurance,
    contentType: job.contentType,
    createdAt: job.createdAt,
    deadlineAt: job.deadlineAt,
    final: null,
    correctedAt: null,
    openLeases: 0,
    votes: 0,
    firstLeasedAt: null,
    input: null,
    output: null,
    correctedOutput: null,
  };
}

function openStatus(row: JobRow): JobDto['status'] {
  if (row.openLeases > 0) return 'running';
  return row.votes > 0 ? 'verifying' : 'queued';
}

const words: Readonly<Record<string, string>> = {
  no_capacity: 'no node could take the job before its deadline',
  inconclusive: 'the results did not reach the wanted assurance and the referee was away; nothing was charged',
  host_limit: 'no host could run the job within its own limits',
  quarantined: 'the version is quarantined: it does not run the same way twice',
};

export function errorOf(kind: string, output: Buffer | null): { kind: string; message: string } {
  if (output) {
    try {
      const { message } = JSON.parse(output.toString('utf8')) as { message?: unknown };
      if (typeof message === 'string') return { kind, message };
    } catch {
      // Agreed bytes that are not the canonical error: the kind still says what happened.
    }
  }
  return { kind, message: words[kind] ?? kind };
}

/** JSON in its own words; bytes in base64. */
function shownInput(bytes: Buffer, contentType: ContentType): unknown {
  return (contentType === 'application/json' ? exactJsonOf(bytes) : undefined) ?? bytes.toString('base64');
}

function timings(row: JobRow, startedAt: Date | null): JobDto['timings'] {
  const { final } = row;
  const between = (from: Date | null | undefined, to: Date | null | undefined): number =>
    from && to ? Math.max(0, to.getTime() - from.getTime()) : 0;
  return {
    queuedMs: between(row.createdAt, startedAt ?? final?.finishedAt ?? new Date()),
    runMs: between(startedAt, final?.runEndedAt),
    verifyMs: between(final?.runEndedAt, final?.finishedAt),
  };
}
