/** Reads bodies: the raw bytes are kept for signatures and idempotency; JSON is parsed where the route wants JSON. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from './domain-error.js';

export type RawRequest = FastifyRequest & { rawBody?: Buffer };

/** This one takes the bytes as they are, whatever they are: an invocation's input. */
const RAW_ROUTES = /^\/v1\/functions\/[^/]+\/invoke$/;
const ESTIMATES = /^\/v1\/functions\/[^/]+\/estimate$/;

export function readBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, parse(request as RawRequest, body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

function parse(request: RawRequest, body: Buffer): unknown {
  request.rawBody = body;
  if (request.headers['content-encoding'] !== undefined && request.headers['content-encoding'] !== 'identity') {
    throw new DomainError('unsupported_media_type', 'send the body without Content-Encoding');
  }
  const path = request.url.split('?')[0] ?? '';
  const type = (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
  if (RAW_ROUTES.test(path)) {
    if (!isJson(type) && type !== 'application/octet-stream')
      throw unsupported('application/json or application/octet-stream', type);
    return body;
  }
  const other = otherType(path);
  if (type === other) return body;
  if (body.length === 0) return undefined;
  if (!isJson(type)) throw unsupported(other === undefined ? 'application/json' : `application/json or ${other}`, type);
  return parseJson(body);
}

/** What a route takes besides JSON, as the bytes that came. */
function otherType(path: string): string | undefined {
  if (path === '/v1/batches') return 'application/x-ndjson';
  return ESTIMATES.test(path) ? 'application/octet-stream' : undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch (error) {
    throw new DomainError(
      'malformed_json',
      `the body is not JSON in UTF-8: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const isJson = (type: string): boolean => type === 'application/json' || type.endsWith('+json');
const unsupported = (wanted: string, type: string): DomainError =>
  new DomainError('unsupported_media_type', `this route takes ${wanted}, not ${type.slice(0, 100)}`);
