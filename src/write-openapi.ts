/**
 * Writes openapi.yaml from the code (`npm run openapi`), or says with --check whether the committed file is current. Needs neither a
 * database nor settings: a preview instantiates nothing.
 */
import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { stringify } from 'yaml';
import { AppModule } from './app.module.js';
import { openApiDocument } from './http/openapi-document.js';

const file = fileURLToPath(new URL('../../openapi.yaml', import.meta.url));
const ORIGIN = 'http://localhost:3000';

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { preview: true, logger: false, abortOnError: false });
const text = stringify(JSON.parse(JSON.stringify(openApiDocument(app, ORIGIN))), { lineWidth: 0, aliasDuplicateObjects: false });

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') === text) process.exit(0);
  process.stderr.write('openapi.yaml is not what the code says: run npm run openapi and commit the file\n');
  process.exit(1);
}
writeFileSync(file, text);
process.stdout.write(`wrote openapi.yaml: ${text.split('\n').length} lines\n`);
process.exit(0);
