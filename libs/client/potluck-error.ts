/**
 * Every failure of a call is a PotluckError: the coordinator's refusal (a problem+json body), or, with status 0, no answer at all.
 * Programs decide by `code`; `detail` and `errors` are for people.
 */
import type { FieldError, Problem } from './api-types.js';

export interface PotluckErrorFacts {
  /** HTTP status; 0 when no answer came. */
  status: number;
  /** Stable, snake_case. `unreachable` and `timeout` are this client's own. */
  code: string;
  detail: string;
  errors?: FieldError[];
  retryable?: boolean;
  retryAfterSeconds?: number;
  requestId?: string;
  problem?: Problem;
  cause?: unknown;
}

export class PotluckError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;
  readonly requestId: string | undefined;
  /** The whole problem, extensions included. */
  readonly problem: Problem | undefined;

  constructor(facts: PotluckErrorFacts) {
    super(facts.detail, { cause: facts.cause });
    this.name = 'PotluckError';
    this.status = facts.status;
    this.code = facts.code;
    this.detail = facts.detail;
    this.errors = facts.errors ?? [];
    this.retryable = facts.retryable ?? false;
    this.retryAfterSeconds = facts.retryAfterSeconds;
    this.requestId = facts.requestId;
    this.problem = facts.problem;
  }
}

/** What a refusal's body and headers say; a body that is no problem (a proxy's page) is judged by its status. */
export async function errorFromResponse(response: Response): Promise<PotluckError> {
  const text = await response.text().catch(() => '');
  const problem = parseProblem(text);
  return new PotluckError({
    status: response.status,
    code: problem?.code ?? `http_${response.status}`,
    detail: problem?.detail ?? problem?.title ?? `The server answered ${response.status} ${response.statusText}`.trim(),
    errors: problem?.errors,
    retryable: problem?.retryable ?? [429, 502, 503, 504].includes(response.status),
    retryAfterSeconds: parseRetryAfter(response.headers.get('retry-after')),
    requestId: response.headers.get('x-request-id') ?? undefined,
    problem,
  });
}

function parseProblem(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    return typeof (value as Problem).code === 'string' ? (value as Problem) : undefined;
  } catch {
    return undefined;
  }
}

/** `Retry-After` in seconds: a number, or a date (RFC 9110). */
export function parseRetryAfter(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000));
}
