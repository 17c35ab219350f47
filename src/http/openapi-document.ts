/** The OpenAPI 3.1 document, from the code; `/docs` shows it, openapi.yaml is its committed copy. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { addProblems } from './openapi-problems.js';

const DESCRIPTION = `A public volunteer cloud for serverless functions: submit X, serve Y.

Code and inputs are readable by the strangers who run them; send no secrets.
Credits, fuel and prices are decimal strings (micro-credits: "1250000" is 1.25 CR). Every error is application/problem+json (RFC 9457).`;

export function openApiDocument(app: INestApplication, origin: string): OpenAPIObject {
  const options = new DocumentBuilder()
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
    )
    .build();
  return addProblems(SwaggerModule.createDocument(app, options));
}

export function serveDocs(app: INestApplication, origin: string): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app, origin), {
    jsonDocumentUrl: 'docs/openapi.json',
    yamlDocumentUrl: 'docs/openapi.yaml',
  });
}
