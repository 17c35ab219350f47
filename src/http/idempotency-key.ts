/** `@IdempotencyKey()`: the key (bare or quoted, 1–255 visible ASCII) and the hash of what it stands for. */
import { createHash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from './domain-error.js';

export interface KeyedRequest {
  key: string;
  /** Over method, address with query, media type and body: a key stands for one request. */
  bodyHash: Buffer;
}

const VISIBLE = /^[\x21-\x7e]{1,255}$/;

export function keyOf(header: string | string[] | undefined): string {
  if (header === undefined) {
    const detail = 'send Idempotency-Key with a fresh value (a UUID will do): a repeat of the request is then safe';
    throw new DomainError('idempotency_key_missing', detail, { errors: [{ parameter: 'Idempotency-Key', detail }] });
  }
  const text = Array.isArray(header) ? header.join(',') : header.trim();
  const bare = text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  if (VISIBLE.test(bare)) return bare;
  const detail = 'Idempotency-Key must be 1 to 255 visible ASCII characters without spaces';
  throw new DomainError('validation_failed', detail, { errors: [{ parameter: 'Idempotency-Key', detail }] });
}

export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext): KeyedRequest => {
  const request = context.switchToHttp().getRequest<FastifyRequest & { rawBody?: Buffer }>();
  const hash = createHash('sha256').update(`${request.method} ${request.url}\n${request.headers['content-type'] ?? ''}\n`);
  return { key: keyOf(request.headers['idempotency-key']), bodyHash: hash.update(request.rawBody ?? '').digest() };
});
