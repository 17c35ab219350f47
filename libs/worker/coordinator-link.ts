/**
 * Signed calls to the coordinator (RFC 9421 with the node's key). One call is one attempt, repeated only where the coordinator's
 * Date header shows that our clock was wrong: then it is signed again with the corrected time. All other repeating is the caller's,
 * because only the caller knows what may be given up.
 */
import { signRequest } from '#libs/signing/http-signature.js';
import { FatalRefusal, NoAnswer, Refusal } from './link-errors.js';
import type { Sign } from './report.js';
import type { OnWorkerEvent } from './worker-events.js';

export interface LinkOptions {
  /** Where the coordinator is. */
  url: string;
  nodeId: string;
  secretKey: Uint8Array;
  /** Signs with that key, where the shell has something faster than tweetnacl. */
  sign?: Sign;
  fetch: typeof fetch;
  now: () => number;
  onEvent: OnWorkerEvent;
}

export interface SignedCall {
  method: 'GET' | 'POST';
  /** With its query. */
  path: string;
  body?: unknown;
  timeoutMs: number;
  signal?: AbortSignal;
}

export const WORKER_PROTOCOL = 1;

// A Date header has whole seconds; below this, the refusal has another cause than our clock.
const SKEW_WORTH_CORRECTING_MS = 2_000;
// A key that was just registered may be unknown to a replica for a moment; one that is refused this often is revoked.
const UNAUTHORIZED_UNTIL_FATAL = 5;

export class CoordinatorLink {
  private clockOffsetMs = 0;
  private awaySince: number | undefined;
  private unauthorizedInRow = 0;

  constructor(private readonly options: LinkOptions) {}

  async json<T>(call: SignedCall): Promise<T> {
    const bytes = await this.bytes(call);
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) as T;
    } catch (cause) {
      throw new NoAnswer(`${call.path} was answered with something that is not JSON`, cause);
    }
  }

  async bytes(call: SignedCall): Promise<Uint8Array> {
    const first = await this.attempt(call);
    const answer = first.status === 401 && this.correctClock(first.headers) ? await this.attempt(call) : first;
    if (answer.status < 300) {
      this.unauthorizedInRow = 0;
      return answer.bytes;
    }
    throw this.refusalOf(call, answer);
  }

  private async attempt(call: SignedCall): Promise<{ status: number; headers: Headers; bytes: Uint8Array }> {
    const body = call.body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(call.body));
    const init = { method: call.method, headers: this.headersOf(call, body), body: body as BodyInit | undefined };
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), call.timeoutMs);
    const signal = call.signal === undefined ? limit.signal : AbortSignal.any([limit.signal, call.signal]);
    try {
      const response = await this.options.fetch(this.urlOf(call), { ...init, signal });
      const bytes = new Uint8Array(await response.arrayBuffer());
      this.cameBack();
      return { status: response.status, headers: response.headers, bytes };
    } catch (cause) {
      const detail = limit.signal.aborted ? `no answer within ${call.timeoutMs} ms` : reasonOf(cause);
      if (!call.signal?.aborted) this.wentAway(detail);
      throw new NoAnswer(detail, cause);
    } finally {
      clearTimeout(timer);
    }
  }

  private headersOf(call: SignedCall, body: Uint8Array | undefined): Record<string, string> {
    const { nodeId, secretKey, now } = this.options;
    const created = Math.floor((now() + this.clockOffsetMs) / 1000);
    const signed = signRequest(
      { method: call.method, url: this.urlOf(call), body },
      { keyId: nodeId, secretKey, created, signer: this.options.sign },
    );
    const headers: Record<string, string> = { ...signed, 'worker-protocol': String(WORKER_PROTOCOL) };
    if (body !== undefined) headers['content-type'] = 'application/json';
    return headers;
  }

  private urlOf(call: SignedCall): string {
    return this.options.url.replace(/\/+$/, '') + call.path;
  }

  /** True when our clock was off and the call is worth signing again. */
  private correctClock(headers: Headers): boolean {
    const serverMs = Date.parse(headers.get('date') ?? '');
    if (Number.isNaN(serverMs)) return false;
    const offsetMs = serverMs + 500 - this.options.now();
    if (Math.abs(offsetMs - this.clockOffsetMs) < SKEW_WORTH_CORRECTING_MS) return false;
    this.clockOffsetMs = offsetMs;
    this.options.onEvent({ type: 'clock_corrected', offsetMs });
    return true;
  }

  private refusalOf(call: SignedCall, answer: { status: number; headers: Headers; bytes: Uint8Array }): Error {
    const facts = readProblem(answer.status, answer.bytes);
    const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN);
    if (answer.status === 426) return new FatalRefusal('protocol_too_old', facts.detail);
    this.unauthorizedInRow = answer.status === 401 ? this.unauthorizedInRow + 1 : 0;
    if (this.unauthorizedInRow >= UNAUTHORIZED_UNTIL_FATAL) return new FatalRefusal('unauthorized', facts.detail);
    const retryAfterSeconds = Number.isFinite(retryAfter) ? retryAfter : undefined;
    return new Refusal({ ...facts, call: `${call.method} ${call.path}`, status: answer.status, retryAfterSeconds });
  }

  private wentAway(detail: string): void {
    if (this.awaySince !== undefined) return;
    this.awaySince = this.options.now();
    this.options.onEvent({ type: 'offline', detail });
  }

  private cameBack(): void {
    if (this.awaySince === undefined) return;
    this.options.onEvent({ type: 'online', awayMs: this.options.now() - this.awaySince });
    this.awaySince = undefined;
  }
}

export function readProblem(status: number, bytes: Uint8Array): { code: string; detail: string; retryable: boolean } {
  const fallback = {
    code: `http_${status}`,
    detail: `the coordinator answered ${status}`,
    retryable: status === 429 || status >= 500,
  };
  try {
    const problem = JSON.parse(new TextDecoder().decode(bytes)) as Partial<typeof fallback & { title: string }>;
    return {
      code: problem.code ?? fallback.code,
      detail: problem.detail ?? problem.title ?? fallback.detail,
      retryable: problem.retryable ?? fallback.retryable,
    };
  } catch {
    return fallback;
  }
}

export function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if (!(inner instanceof Error)) return String(inner);
  return inner.message || (inner as { code?: string }).code || inner.name;
}
