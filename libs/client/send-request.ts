/**
 * One call over HTTP, repeated until it has an answer or its attempts are used up.
 * Every POST carries one Idempotency-Key for all its attempts, so a repeat after a lost answer is the same request and never
 * creates or spends twice. Refusals that say `retryable: true`, and failures of the network, are repeated; all others are thrown.
 */
import { errorFromResponse, PotluckError } from './potluck-error.js';

export interface Transport {
  baseUrl: string;
  apiKey?: string;
  fetch: typeof fetch;
  /** Attempts after the first. */
  maxRetries: number;
  /** Longest time for one attempt, without the wait that it asks for. */
  timeoutMs: number;
  random: () => number;
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface CallOptions {
  signal?: AbortSignal;
  /** Longest time for one attempt. */
  timeoutMs?: number;
  /** Default: a new UUID for every POST. Give your own to make a call repeatable over restarts of your program. */
  idempotencyKey?: string;
}

export interface ApiRequest extends CallOptions {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  headers?: Record<string, string>;
  json?: unknown;
  bytes?: Uint8Array;
  /** Seconds that the server was asked to wait before it answers. */
  waitSeconds?: number;
  /** Hand the body on as it arrives. */
  stream?: boolean;
}

const BACKOFF_START_MS = 200;
const BACKOFF_MAX_MS = 5_000;
// A refusal that asks for more patience than this (an hourly limit) is the caller's to handle: sleeping through it looks like a hang.
const PATIENCE_SECONDS = 20;

export async function sendRequest(transport: Transport, request: ApiRequest): Promise<Response> {
  const url = requestUrl(transport.baseUrl, request);
  const init = requestInit(transport, request);
  for (let attempt = 0; ; attempt += 1) {
    const result = await attemptRequest(transport, request, url, init);
    if (result instanceof Response) return result;
    if (attempt >= transport.maxRetries || !result.retryable) throw result;
    if ((result.retryAfterSeconds ?? 0) > PATIENCE_SECONDS) throw result;
    await transport.sleep(pauseMs(attempt, result.retryAfterSeconds, transport.random), request.signal);
  }
}

/** Full jitter below a doubling bound, and never earlier than the server asked for. */
function pauseMs(attempt: number, retryAfterSeconds: number | undefined, random: () => number): number {
  const bound = Math.min(BACKOFF_MAX_MS, BACKOFF_START_MS * 2 ** attempt);
  return (retryAfterSeconds ?? 0) * 1000 + random() * bound;
}

async function attemptRequest(
  transport: Transport,
  request: ApiRequest,
  url: string,
  init: RequestInit,
): Promise<Response | PotluckError> {
  const limitMs = (request.timeoutMs ?? transport.timeoutMs) + (request.waitSeconds ?? 0) * 1000;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), limitMs);
  const signal = request.signal === undefined ? limit.signal : AbortSignal.any([limit.signal, request.signal]);
  try {
    const response = await transport.fetch(url, { ...init, signal });
    if (response.status >= 400) return await errorFromResponse(response);
    return request.stream === true ? response : await readWhole(response);
  } catch (cause) {
    request.signal?.throwIfAborted();
    if (limit.signal.aborted) return noAnswer('timeout', `${transport.baseUrl} gave no answer within ${limitMs / 1000} s`, cause);
    return noAnswer('unreachable', `Cannot reach ${transport.baseUrl}: ${reasonOf(cause)}`, cause);
  } finally {
    clearTimeout(timer);
  }
}

/** The body belongs to the attempt: an answer that breaks off in the middle is no answer and is asked for again. */
async function readWhole(response: Response): Promise<Response> {
  const bytes = await response.arrayBuffer();
  return new Response(bytes.byteLength === 0 ? null : bytes, { status: response.status, headers: response.headers });
}

const noAnswer = (code: string, detail: string, cause: unknown): PotluckError =>
  new PotluckError({ status: 0, code, detail, retryable: true, cause });

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if (!(inner instanceof Error)) return String(inner);
  return inner.message || (inner as NodeJS.ErrnoException).code || inner.name;
}

function requestUrl(baseUrl: string, { path, query }: ApiRequest): string {
  const url = new URL(baseUrl.replace(/\/+$/, '') + path);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

function requestInit(transport: Transport, request: ApiRequest): RequestInit {
  const headers: Record<string, string> = { accept: 'application/json', ...request.headers };
  if (transport.apiKey !== undefined) headers.authorization = `Bearer ${transport.apiKey}`;
  if (request.method === 'POST') headers['idempotency-key'] = request.idempotencyKey ?? crypto.randomUUID();
  if (request.json !== undefined) headers['content-type'] = 'application/json';
  if (request.bytes !== undefined) headers['content-type'] ??= 'application/octet-stream';
  const body = request.json !== undefined ? JSON.stringify(request.json) : (request.bytes as BodyInit | undefined);
  return { method: request.method, headers, body };
}

/** Resolves after `ms`, rejects at once when the signal aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
