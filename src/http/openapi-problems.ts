/** Adds to every operation what all of them have: problem documents, the idempotency header, the scopes a key needs. */
import type { OpenAPIObject } from '@nestjs/swagger';
import { type ProblemCode, problemCatalog } from './problem-catalog.js';

interface Operation {
  operationId?: string;
  description?: string;
  parameters?: { name: string; in: string }[];
  responses: Record<string, unknown>;
  security?: Record<string, string[]>[];
  requestBody?: unknown;
  'x-scopes'?: string[];
}

const COMMON: readonly ProblemCode[] = ['validation_failed', 'not_found', 'rate_limited', 'internal', 'unavailable'];
const OF_KEYS: readonly ProblemCode[] = ['unauthorized', 'insufficient_scope'];
const OF_NODES: readonly ProblemCode[] = ['signature_invalid', 'protocol_too_old'];
const OF_BODIES: readonly ProblemCode[] = ['malformed_json', 'payload_too_large', 'unsupported_media_type'];
const OF_KEYED: readonly ProblemCode[] = ['idempotency_key_missing', 'idempotency_in_progress', 'idempotency_conflict'];
const OF_OPERATION: Readonly<Record<string, readonly ProblemCode[]>> = {
  submitJob: ['insufficient_credits', 'quarantined', 'account_frozen'],
  submitBatch: ['insufficient_credits', 'quarantined', 'account_frozen'],
  invokeFunction: ['insufficient_credits', 'quarantined', 'account_frozen', 'job_cancelled', 'job_timed_out'],
  cancelJob: ['job_running', 'conflict'],
  deployFunction: ['function_invalid', 'limit_reached', 'referee_busy'],
  createAccount: ['registration_closed'],
  registerNode: ['enrolment_invalid', 'signature_invalid', 'conflict', 'limit_reached'],
  reportResults: ['attestation_invalid'],
};
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

export function addProblems(document: OpenAPIObject): OpenAPIObject {
  const components = document.components ?? {};
  components.schemas = { ...components.schemas, Problem: problemSchema };
  document.components = components;
  for (const item of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = (item as Record<string, Operation | undefined>)[method];
      if (operation) complete(operation);
    }
  }
  return document;
}

function complete(operation: Operation): void {
  const keyed = operation.parameters?.some(({ name }) => name === 'Idempotency-Key') ?? false;
  const codes = [
    ...COMMON,
    ...(operation.security?.some((one) => 'apiKey' in one) ? OF_KEYS : []),
    ...(operation.security?.some((one) => 'nodeSignature' in one) ? OF_NODES : []),
    ...(operation.requestBody ? OF_BODIES : []),
    ...(keyed ? OF_KEYED : []),
    ...(OF_OPERATION[operation.operationId ?? ''] ?? []),
  ];
  const scopes = operation['x-scopes'];
  if (scopes && scopes.length > 0)
    operation.description = [operation.description, `Scope: ${scopes.join(', ')}.`].filter(Boolean).join('\n\n');
  for (const code of codes) addProblem(operation, code);
}

function addProblem(operation: Operation, code: ProblemCode): void {
  const { status, title, retryable } = problemCatalog[code];
  const known = operation.responses[String(status)] as
    | { description: string; content: Record<string, { examples: object }> }
    | undefined;
  const example = { [code]: { value: { type: `urn:potluck:problem:${code}`, title, status, detail: title, code, retryable } } };
  if (known?.content?.['application/problem+json']) {
    Object.assign(known.content['application/problem+json'].examples, example);
    known.description = `${known.description}, ${code}`;
    return;
  }
  operation.responses[String(status)] = {
    description: code,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, examples: example } },
  };
}

const problemSchema = {
  type: 'object',
  description: 'RFC 9457. Decide by code.',
  required: ['type', 'title', 'status', 'code', 'retryable'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What is wrong and how to mend it' },
    instance: { type: 'string' },
    code: { type: 'string', enum: Object.keys(problemCatalog).sort() },
    retryable: { type: 'boolean', description: 'The same request may succeed later, unchanged' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
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
} as never;
