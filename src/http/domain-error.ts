/** An expected refusal: a stable code and words that name the fix. One filter turns it into problem+json. */
import type { ProblemCode } from './problem-catalog.js';

export interface FieldError {
  /** JSON pointer into the body. */
  pointer?: string;
  /** Name of a query or path parameter, or of a header. */
  parameter?: string;
  detail: string;
}

export interface DomainErrorOptions {
  errors?: FieldError[];
  retryAfterSeconds?: number;
  /** Further members of the problem document. */
  extension?: Record<string, unknown>;
}

export class DomainError extends Error {
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly options: DomainErrorOptions = {},
  ) {
    super(detail);
    this.name = 'DomainError';
  }
}

/** One field of the request is wrong; the detail names it by itself. */
export function invalidField(place: { pointer: string } | { parameter: string }, detail: string): DomainError {
  return new DomainError('validation_failed', detail, { errors: [{ ...place, detail }] });
}
