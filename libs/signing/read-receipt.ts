/** A receipt's JSON, read strictly: every member that there must be and no other, so that nothing in it goes unlooked at. */
import type { Receipt, ReceiptAttestation } from './receipt.js';

export type ReceiptReading = { state: 'read'; receipt: Receipt } | { state: 'refused'; detail: string };

const TEXTS = [
  'origin',
  'jobId',
  'function',
  'version',
  'runtimeId',
  'codeDigest',
  'inputDigest',
  'outcome',
  'outputDigest',
  'fuel',
  'charged',
  'assurance',
  'leaf',
  'checkpoint',
];
const ATTESTATION_TEXTS = ['nodeId', 'publicKey', 'reportId', 'result', 'index', 'count', 'signature'];

// A job has at most five executions and some late twins; a path in a tree of 2⁵³ leaves has 53 hashes.
const MAX_ATTESTATIONS = 64;
const MAX_PATH = 64;
const MAX_EVIDENCE = 32;
const MAX_TEXT = 131_072;

type Members = Record<string, unknown>;

export function readReceipt(value: unknown): ReceiptReading {
  const detail =
    problemOf(value, '', TEXTS, ['verdict', 'attestations', 'inclusionProof', ...evidenceIn(value)]) ??
    verdictProblem((value as Members).verdict) ??
    attestationsProblem((value as Members).attestations) ??
    evidenceProblem((value as Members).evidence) ??
    treeProblem((value as Members).inclusionProof);
  return detail === undefined ? { state: 'read', receipt: value as Receipt } : { state: 'refused', detail };
}

/** The one member that a receipt may have or not. */
const evidenceIn = (value: unknown): string[] =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, 'evidence') ? ['evidence'] : [];

function evidenceProblem(evidence: unknown): string | undefined {
  if (evidence === undefined) return undefined;
  if (typeof evidence !== 'object' || evidence === null || Array.isArray(evidence)) return 'evidence must be an object';
  const fields = Object.entries(evidence);
  // A line break in a field could pass for another field.
  const wrong = fields.find(([name, text]) => /[\n=]/.test(name) || typeof text !== 'string' || text.includes('\n'));
  if (fields.length > MAX_EVIDENCE) return `evidence has more than ${MAX_EVIDENCE} fields`;
  return wrong === undefined ? undefined : `evidence.${wrong[0].slice(0, 64)} must be one line of text`;
}

function verdictProblem(verdict: unknown): string | undefined {
  const problem = problemOf(verdict, 'verdict.', ['credibility'], ['referee']);
  if (problem !== undefined) return problem;
  return typeof (verdict as Members).referee === 'boolean' ? undefined : 'verdict.referee must be true or false';
}

function attestationsProblem(attestations: unknown): string | undefined {
  if (!Array.isArray(attestations)) return 'attestations must be a list';
  if (attestations.length > MAX_ATTESTATIONS) return `attestations has more than ${MAX_ATTESTATIONS} items`;
  for (const [place, attestation] of attestations.entries()) {
    const prefix = `attestations[${place}].`;
    const problem =
      problemOf(attestation, prefix, ATTESTATION_TEXTS, ['path']) ??
      pathProblem((attestation as ReceiptAttestation).path, `${prefix}path`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function treeProblem(proof: unknown): string | undefined {
  return (
    problemOf(proof, 'inclusionProof.', ['index', 'size'], ['path']) ??
    pathProblem((proof as Receipt['inclusionProof']).path, 'inclusionProof.path')
  );
}

function pathProblem(path: unknown, name: string): string | undefined {
  if (!Array.isArray(path) || path.length > MAX_PATH) return `${name} must be a list of at most ${MAX_PATH} hashes`;
  return path.every((hash) => typeof hash === 'string' && hash.length === 44)
    ? undefined
    : `${name} must hold 32 bytes each, base64`;
}

function problemOf(value: unknown, prefix: string, texts: readonly string[], others: readonly string[]): string | undefined {
  const name = prefix === '' ? 'the receipt' : prefix.slice(0, -1);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${name} must be an object`;
  const members = value as Members;
  const wanted = [...texts, ...others];
  const missing = wanted.find((member) => !Object.hasOwn(members, member));
  if (missing !== undefined) return `${prefix}${missing} is missing`;
  const unknown = Object.keys(members).find((member) => !wanted.includes(member));
  if (unknown !== undefined) return `${prefix}${unknown.slice(0, 64)} does not belong to a receipt`;
  const wrong = texts.find((member) => typeof members[member] !== 'string' || (members[member] as string).length > MAX_TEXT);
  return wrong === undefined ? undefined : `${prefix}${wrong} must be text`;
}
