/** The OpenAPI 3.1 document, from the code; `/docs` shows it, openapi.yaml is its committed copy. The same code gives the same bytes. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { addExamples } from './openapi-examples.js';
import { type Header, methods, type Operation, operationsOf, ordered, sortedByName } from './openapi-operations.js';
import { addProblems } from './openapi-problems.js';
import { modernizeSchemas } from './openapi-schemas.js';

const DESCRIPTION = `A public volunteer cloud for serverless functions: submit X, serve Y.

**Code and inputs are readable by the strangers who run them; send no secrets.**

Credits, fuel and prices are decimal strings, never JSON numbers (micro-credits: "1250000" is 1.25 CR). Times are RFC 3339 in UTC. Ids are TypeIDs. Lists are newest first; go on with nextCursor. Every error is application/problem+json (RFC 9457). X-Request-Id and traceparent are accepted and echoed. A POST that creates or spends takes an Idempotency-Key: its repeat has no second effect.`;

const TAGS: Readonly<Record<string, string>> = {
  Functions: 'Deploy code; versions are named by the digest of their code and never change',
  Invoke: 'Run a function and get its verified answer, as from any function service',
  Jobs: 'One invocation each, to wait for or to look at later',
  Batches: 'Many jobs under one hold',
  Accounts: 'Accounts, their API keys, and grants by the operator',
  Nodes: 'The machines that an account contributes',
  'Worker protocol': 'What a node’s worker calls; every request is signed with the node’s key (docs/worker-protocol.md)',
  Ledger: 'An account’s credits: every movement is one side of a balanced transfer',
  'Public log': 'The append-only log of all transfers: checkpoints and proofs, for everyone (docs/auditing.md)',
  Audit: 'All the books, for auditors',
  Transparency: 'What anyone can check the operator’s books by',
  Grid: 'What everyone may know',
  Operations: 'For those who run a coordinator',
};

const DOCUMENT_ORDER = ['openapi', 'info', 'servers', 'tags', 'paths', 'components'];
const OPERATION_ORDER = [
  'operationId',
  'summary',
  'description',
  'tags',
  'security',
  'x-scopes',
  'x-problem-codes',
  'parameters',
  'requestBody',
  'responses',
];
const SUCCESS_WORDS: Readonly<Record<string, string>> = { 200: 'Done', 201: 'Made', 202: 'Accepted', 204: 'Done; no body' };

export function openApiDocument(app: INestApplication, origin: string): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Potluck')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer(origin)
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'plk_…', description: 'An API key' }, 'apiKey')
    .addApiKey(
      {
        type: 'apiKey',
        in: 'header',
        name: 'Signature',
        description: 'RFC 9421 message signature by the node’s ed25519 key (docs/worker-protocol.md)',
      },
      'nodeSignature',
    );
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build());
  for (const operation of operationsOf(document)) fill(operation);
  modernizeSchemas(document);
  addExamples(document);
  addProblems(document);
  return inOrder(document);
}

export function serveDocs(app: INestApplication, origin: string): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app, origin), {
    jsonDocumentUrl: 'docs/openapi.json',
    yamlDocumentUrl: 'docs/openapi.yaml',
  });
}

/** What Nest leaves empty. */
function fill(operation: Operation): void {
  operation.security ??= [];
  const keyed = operation.parameters?.some(({ name }) => name === 'Idempotency-Key') ?? false;
  for (const [status, answer] of Object.entries(operation.responses)) {
    answer.description ||= SUCCESS_WORDS[status] ?? '';
    if (keyed) answer.headers = { ...answer.headers, 'Idempotency-Replayed': REPLAYED };
  }
}

const REPLAYED: Header = { description: 'true where this Idempotency-Key was used before', schema: { type: 'string' } };

function inOrder(document: OpenAPIObject): OpenAPIObject {
  const paths = Object.entries(sortedByName(document.paths)).map(([path, item]) => {
    const operations = Object.entries(item as Record<string, Operation>).map(([method, operation]) => [
      method,
      { ...ordered(operation, OPERATION_ORDER), responses: sortedByName(operation.responses) },
    ]);
    return [path, ordered(Object.fromEntries(operations), methods)];
  });
  const { contact: _, ...info } = document.info;
  return ordered({ ...document, info, paths: Object.fromEntries(paths) }, DOCUMENT_ORDER);
}
