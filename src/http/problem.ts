/** RFC 9457 documents: from an error to what the caller sees. Nothing of an unexpected error leaks but the request's id. */
import { HttpException } from '@nestjs/common';
import { isDatabaseAway } from '../database/transaction.js';
import { DomainError, type FieldError } from './domain-error.js';
import { type ProblemCode, problemKind } from './problem-catalog.js';

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: ProblemCode;
  retryable: boolean;
  errors?: FieldError[];
  [extension: string]: unknown;
}

export interface ProblemAnswer {
  problem: Problem;
  retryAfterSeconds: number | undefined;
  /** An error nobody expected: to be logged. */
  unexpected: boolean;
}

export const PROBLEM_TYPE = 'application/problem+json';

export function problemOf(error: unknown, request: { id: string; url: string }): ProblemAnswer {
  const known = error instanceof DomainError ? error : translated(error);
  const refusal =
    known ?? new DomainError('internal', `something went wrong here; name the request id ${request.id} when you report it`);
  const { status, title, retryable } = problemKind(refusal.code);
  const { errors, extension, retryAfterSeconds } = refusal.options;
  return {
    problem: {
      type: `urn:potluck:problem:${refusal.code}`,
      title,
      status,
      detail: refusal.detail,
      instance: request.url.split('?')[0] ?? request.url,
      code: refusal.code,
      retryable,
      ...(errors ? { errors } : {}),
      ...extension,
      requestId: request.id,
    },
    retryAfterSeconds: retryAfterSeconds ?? (status === 429 || status === 503 ? 1 : undefined),
    unexpected: known === undefined,
  };
}

/** Errors of the framework and of the database that mean something to the caller. */
function translated(error: unknown): DomainError | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string') {
    const refusal = frameworkRefusal(code);
    if (refusal) return refusal;
  }
  if (isDatabaseAway(error))
    return new DomainError('unavailable', 'the database does not answer at the moment; send the request again', {
      retryAfterSeconds: 1,
    });
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
  const message = error instanceof Error ? error.message : '';
  if (status === 404) return new DomainError('not_found', 'there is nothing at this address; /docs shows what there is');
  if (status === 413) return new DomainError('payload_too_large', message);
  if (status === 415) return new DomainError('unsupported_media_type', message);
  if (status === 401) return new DomainError('unauthorized', message);
  if (status === 403) return new DomainError('forbidden', message);
  if (typeof status === 'number' && status >= 400 && status < 500) return new DomainError('validation_failed', message);
  return undefined;
}

function frameworkRefusal(code: string): DomainError | undefined {
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new DomainError('payload_too_large', 'the body is larger than this route takes; /v1/limits says how much that is');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new DomainError('validation_failed', 'Content-Length does not fit the body');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return new DomainError('unsupported_media_type', 'send application/json');
    case 'FST_ERR_BAD_URL':
      return new DomainError('validation_failed', 'the address is not a valid URL path');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new DomainError('uri_too_long', 'a part of the address is too long');
    case 'HPE_HEADER_OVERFLOW':
      return new DomainError('headers_too_large', 'the headers are larger than 16 KiB');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new DomainError('validation_failed', 'the request did not arrive in time');
    default:
      return /^HPE_/.test(code) ? new DomainError('validation_failed', 'this is not HTTP') : undefined;
  }
}
