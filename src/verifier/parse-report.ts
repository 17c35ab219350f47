/**
 * Reads a worker's report by hand: it is the hottest body of the API, and each complaint must name its result. What is wrong with
 * the report as a whole is an error; what is wrong with one result refuses that result only.
 */
import { createHash } from 'node:crypto';
import type { Policy } from '#libs/policy/policy.js';
import { decodeBinary } from '#libs/signing/binary-text.js';
import { parseDigest } from '#libs/signing/digest.js';
import { decodeId } from '#libs/signing/ids.js';
import { DomainError } from '../http/domain-error.js';
import { decodeLeaseToken, type LeaseKey } from '../jobs/lease-token.js';
import { hostFailureCode, isHostFailureName, isOutcomeName, outcomeCode } from '../jobs/result-codes.js';

export interface ReportedItem extends LeaseKey {
  /** As sent: attestations are over the API's texts. */
  leaseText: string;
  leaseId: string;
  outcome: string | null;
  ended: number;
  output: Buffer | null;
  outputDigest: Buffer | null;
  fuel: bigint | null;
  runMs: number | null;
}

export interface ParsedReport {
  reportId: string;
  signature: Uint8Array | undefined;
  /** In the order of the report. */
  items: ReportedItem[];
}

const REPORT_ID = /^[A-Za-z0-9_-]{1,64}$/;
const DECIMAL = /^(0|[1-9]\d{0,18})$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const MAX_RUN_MS = 86_400_000;

export function parseReport(body: unknown, policy: Policy): ParsedReport {
  if (!isObject(body)) throw invalid('', 'the body must be an object {reportId, results, signature}');
  const { reportId, results, signature } = body;
  if (typeof reportId !== 'string' || !REPORT_ID.test(reportId)) {
    throw invalid('/reportId', 'reportId must be 1 to 64 of A–Z a–z 0–9 _ -');
  }
  const most = policy.api.reportResults;
  if (!Array.isArray(results) || results.length === 0 || results.length > most) {
    throw invalid('/results', `results must be a list of 1 to ${most} results`);
  }
  const items = results.map((result, place) => parseItem(result, `/results/${place}`, policy));
  const leaves = items.some((item) => item.outcome !== null);
  const signed = typeof signature === 'string' ? decodeBinary(signature, 64) : undefined;
  if (leaves && !signed) throw invalid('/signature', 'signature must be the 64 bytes of an ed25519 signature in base64');
  return { reportId, signature: signed, items };
}

function parseItem(value: unknown, at: string, policy: Policy): ReportedItem {
  if (!isObject(value)) throw invalid(at, 'a result must be an object');
  const leaseId = typeof value.leaseId === 'string' ? decodeId('lease', value.leaseId) : undefined;
  if (leaseId === undefined) throw invalid(`${at}/leaseId`, 'leaseId must be the id of a lease (lease_…)');
  const key = typeof value.token === 'string' ? decodeLeaseToken(value.token) : undefined;
  if (key === undefined) throw invalid(`${at}/token`, 'token must be the token of the lease, as it was given');
  const runMs = parseRunMs(value.runMs, at);
  const base = { ...key, leaseText: value.leaseId as string, leaseId, runMs };
  if (value.hostFailure !== undefined && value.hostFailure !== null) {
    const failure = value.hostFailure;
    if (typeof failure !== 'string' || !isHostFailureName(failure))
      throw invalid(`${at}/hostFailure`, 'hostFailure is not known');
    return { ...base, outcome: null, ended: hostFailureCode(failure), output: null, outputDigest: null, fuel: null };
  }
  return { ...base, ...parseOutcome(value, at, policy) };
}

function parseOutcome(value: Record<string, unknown>, at: string, policy: Policy) {
  const { outcome, output, outputDigest, fuel } = value;
  if (typeof outcome !== 'string' || !isOutcomeName(outcome)) {
    throw invalid(`${at}/outcome`, 'outcome must be one of the outcomes, or hostFailure be given');
  }
  if (typeof output !== 'string' || !BASE64.test(output))
    throw invalid(`${at}/output`, 'output must be the output’s bytes in base64');
  const bytes = Buffer.from(output, 'base64');
  if (bytes.length > policy.execution.outputBytes)
    throw invalid(`${at}/output`, `output must be at most ${policy.execution.outputBytes} bytes`);
  const digest = typeof outputDigest === 'string' ? parseDigest(outputDigest) : undefined;
  if (digest === undefined) throw invalid(`${at}/outputDigest`, 'outputDigest must be sha256:<64 hex digits>');
  const found = createHash('sha256').update(bytes).digest();
  if (!found.equals(digest)) throw invalid(`${at}/outputDigest`, 'outputDigest is not the SHA-256 of output');
  if (typeof fuel !== 'string' || !DECIMAL.test(fuel))
    throw invalid(`${at}/fuel`, 'fuel must be a whole number as a decimal string');
  return { outcome, ended: outcomeCode(outcome), output: bytes, outputDigest: found, fuel: BigInt(fuel) };
}

function parseRunMs(value: unknown, at: string): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_RUN_MS)) {
    throw invalid(`${at}/runMs`, 'runMs must be a number of milliseconds');
  }
  return Math.round(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(pointer: string, detail: string): DomainError {
  return new DomainError('validation_failed', detail, { errors: [{ pointer, detail }] });
}
