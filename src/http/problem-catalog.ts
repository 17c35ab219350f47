/** Every error code of the API with its status and title: the only place where both stand. Codes are stable; programs decide by them. */
interface ProblemKind {
  status: number;
  title: string;
  /** The same request may succeed later, unchanged. */
  retryable: boolean;
}

const kind = (status: number, title: string, retryable = false): ProblemKind => ({ status, title, retryable });

export const problemCatalog = {
  validation_failed: kind(400, 'The request is not valid'),
  malformed_json: kind(400, 'The body is not JSON'),
  idempotency_key_missing: kind(400, 'The header Idempotency-Key is missing'),
  cursor_invalid: kind(400, 'The cursor is not valid here'),
  unauthorized: kind(401, 'Credentials are missing or not valid'),
  signature_invalid: kind(401, 'The request’s signature is not valid'),
  insufficient_credits: kind(402, 'Not enough credits'),
  forbidden: kind(403, 'Not allowed'),
  insufficient_scope: kind(403, 'The key lacks a scope'),
  account_frozen: kind(403, 'The account is frozen'),
  registration_closed: kind(403, 'Registration is closed'),
  enrolment_invalid: kind(403, 'The enrolment token cannot be used'),
  not_found: kind(404, 'Not found'),
  no_receipt: kind(404, 'The job has no receipt'),
  method_not_allowed: kind(405, 'Method not allowed'),
  conflict: kind(409, 'In conflict with the present state'),
  job_running: kind(409, 'The job is running'),
  job_cancelled: kind(409, 'The job was cancelled'),
  job_not_settled: kind(409, 'The job is not settled yet', true),
  receipt_pending: kind(409, 'The receipt waits for the log', true),
  idempotency_in_progress: kind(409, 'A request with this Idempotency-Key is under way', true),
  proof_pending: kind(409, 'The log does not cover the transfer yet', true),
  not_reversible: kind(409, 'This transfer cannot be undone'),
  quarantined: kind(409, 'The version is quarantined'),
  payload_too_large: kind(413, 'The body is too large'),
  uri_too_long: kind(414, 'The address is too long'),
  unsupported_media_type: kind(415, 'The media type is not supported'),
  idempotency_conflict: kind(422, 'The Idempotency-Key was used with another body'),
  function_invalid: kind(422, 'The function cannot be deployed'),
  attestation_invalid: kind(422, 'The attestation does not fit the results'),
  unbalanced: kind(422, 'The legs do not sum to 0'),
  kind_not_allowed: kind(422, 'This kind of transfer does not go between these balances'),
  overflow: kind(422, 'A balance would not fit 64 bits'),
  limit_reached: kind(422, 'A limit of the account is reached'),
  protocol_too_old: kind(426, 'The worker’s protocol is too old'),
  rate_limited: kind(429, 'Too many requests', true),
  headers_too_large: kind(431, 'The headers are too large'),
  internal: kind(500, 'An internal error', true),
  referee_busy: kind(503, 'The referee is busy', true),
  referee_absent: kind(503, 'There is no referee'),
  dry_run_unfinished: kind(503, 'The dry run came to no end'),
  unavailable: kind(503, 'Not available at the moment', true),
  job_timed_out: kind(504, 'The job’s deadline passed'),
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problemCatalog;

export function problemKind(code: ProblemCode): ProblemKind {
  return problemCatalog[code];
}
