/**
 * Which problems each operation may answer: those that its credentials, parameters and body bring, and its own by `@Refuses`.
 * Operations that may refuse for the same reasons share one response of the document.
 */
import type { OpenAPIObject } from '@nestjs/swagger';
import { type Header, type Operation, operationsOf, type ResponseEntry, sortedByName } from './openapi-operations.js';
import { PROBLEM_TYPE } from './problem.js';
import { type ProblemCode, problemCatalog } from './problem-catalog.js';
import { problemExamples } from './problem-examples.js';

/** 400 stands everywhere: a request that is no HTTP, or does not arrive in time, gets it on any address. */
const ALWAYS: readonly ProblemCode[] = ['validation_failed', 'internal', 'unavailable'];
const OF_PATHS: readonly ProblemCode[] = ['not_found', 'uri_too_long'];
const OF_API_KEYS: readonly ProblemCode[] = ['unauthorized', 'insufficient_scope'];
const OF_NODES: readonly ProblemCode[] = ['signature_invalid', 'protocol_too_old'];
const OF_BODIES: readonly ProblemCode[] = ['malformed_json', 'payload_too_large', 'unsupported_media_type'];
const OF_KEYED: readonly ProblemCode[] = ['idempotency_key_missing', 'idempotency_in_progress', 'idempotency_conflict'];

const RETRY_AFTER: Record<string, Header> = {
  'Retry-After': { description: 'Seconds after which to try again', schema: { type: 'string' } },
};
const HEADERS: Readonly<Record<number, Record<string, Header>>> = {
  401: { 'WWW-Authenticate': { description: 'Bearer', schema: { type: 'string' } } },
  426: {
    Upgrade: { description: 'The protocol that is spoken here, as Worker-Protocol/1', schema: { type: 'string' } },
    Link: { description: 'Where a newer worker is', schema: { type: 'string' } },
  },
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

export function addProblems(document: OpenAPIObject): void {
  const responses: Record<string, ResponseEntry> = {};
  for (const operation of operationsOf(document)) {
    const codes = codesOf(operation);
    operation['x-problem-codes'] = codes;
    for (const [status, ofStatus] of byStatus(codes)) {
      const name = ofStatus.join('.');
      responses[name] ??= response(status, ofStatus);
      operation.responses[String(status)] = { $ref: `#/components/responses/${name}` };
    }
    if (operation['x-scopes']?.length) {
      const scopes = `Scope: ${operation['x-scopes'].join(', ')}.`;
      operation.description = operation.description ? `${operation.description}\n\n${scopes}` : scopes;
    }
  }
  document.components = {
    ...document.components,
    responses: sortedByName(responses) as never,
    schemas: sortedByName({ ...document.components?.schemas, Problem: problemSchema as never }),
  };
}

function codesOf(operation: Operation): ProblemCode[] {
  const has = (place: string, name?: string): boolean =>
    operation.parameters?.some((one) => one.in === place && (name === undefined || one.name === name)) ?? false;
  const takes = (scheme: string): boolean => operation.security?.some((one) => scheme in one) ?? false;
  const found = new Set<string>([
    ...ALWAYS,
    ...(has('path') ? OF_PATHS : []),
    ...(has('query', 'cursor') ? ['cursor_invalid'] : []),
    ...(takes('apiKey') ? OF_API_KEYS : []),
    ...(takes('nodeSignature') ? OF_NODES : []),
    ...(operation.requestBody ? OF_BODIES : []),
    ...(has('header', 'Idempotency-Key') ? OF_KEYED : []),
    ...(operation['x-problem-codes'] ?? []),
  ]);
  return (Object.keys(problemCatalog) as ProblemCode[]).filter((code) => found.has(code));
}

function byStatus(codes: ProblemCode[]): Map<number, ProblemCode[]> {
  const groups = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = problemCatalog[code];
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return groups;
}

function response(status: number, codes: ProblemCode[]): ResponseEntry {
  const waits = codes.includes('idempotency_in_progress') || codes.includes('proof_pending');
  const headers = waits ? RETRY_AFTER : HEADERS[status];
  return {
    description: codes.map((code) => `${code}: ${problemCatalog[code].title}`).join('. '),
    ...(headers ? { headers } : {}),
    content: {
      [PROBLEM_TYPE]: {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(codes.map((code) => [code, { value: example(code) }])),
      },
    },
  };
}

function example(code: ProblemCode): object {
  const { status, title, retryable } = problemCatalog[code];
  const detail = problemExamples[code];
  const requestId = '0193b8f2-6c1a-7d3e-8f4a-1b2c3d4e5f60';
  return { type: `urn:potluck:problem:${code}`, title, status, detail, instance: '/v1/jobs', code, retryable, requestId };
}

const problemSchema = {
  type: 'object',
  description: 'RFC 9457. Decide by code. A problem may have further members, as the job that it is about.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'retryable', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What is wrong and how to mend it' },
    instance: { type: 'string', description: 'The path that was asked for' },
    code: { type: 'string', enum: Object.keys(problemCatalog).sort() },
    retryable: { type: 'boolean', description: 'The same request may succeed later, unchanged' },
    requestId: { type: 'string', description: 'Stands in the logs too; name it in a report' },
    errors: {
      type: 'array',
      description: 'Each thing that is wrong, with its place',
      items: {
        type: 'object',
        required: ['detail'],
        properties: {
          pointer: { type: 'string', description: 'JSON pointer into the body' },
          parameter: { type: 'string', description: 'A query or path parameter, or a header' },
          detail: { type: 'string' },
        },
      },
    },
  },
  additionalProperties: true,
};
