/**
 * The TypeScript SDK: one typed method per operation of the `/v1` API, for Node.js and browsers.
 * It retries what is safe to retry, follows slow invocations to their end and throws every refusal as a PotluckError.
 *
 * ```ts
 * const potluck = new PotluckClient({ baseUrl: 'http://localhost:3000', apiKey: process.env.POTLUCK_API_KEY });
 * await potluck.deploy({ name: 'double', runtime: 'js', source: 'export default (n) => n * 2' });
 * const { status, output } = await potluck.invoke('double', 21);
 * ```
 */
import type * as Api from './api-types.js';
import { AuditClient } from './audit-client.js';
import { Calls } from './calls.js';
import {
  type Invocation,
  type InvokeOptions,
  invocationFromJob,
  invocationFromResponse,
  invokeQuery,
  isFinal,
} from './invocation.js';
import { LogClient } from './log-client.js';
import { PotluckError } from './potluck-error.js';
import { readJsonLines } from './read-lines.js';
import { type ApiRequest, type CallOptions, sleep } from './send-request.js';

export interface PotluckClientOptions {
  /** Where the coordinator is, for example `https://grid.example.org`. */
  baseUrl: string;
  apiKey?: string;
  /** Another `fetch`: a proxy's, or a test's. */
  fetch?: typeof fetch;
  /** Attempts after the first; default 4. */
  maxRetries?: number;
  /** Longest time for one attempt, waits not counted; default 30,000. */
  timeoutMs?: number;
}

const INVOKE_WAIT_SECONDS = 25;
const JOB_WAIT_SECONDS = 25;

export class PotluckClient {
  /** The auditor's and the operator's side of the ledger. */
  readonly audit: AuditClient;
  /** The transparency log, public. */
  readonly log: LogClient;
  private readonly calls: Calls;

  constructor(options: PotluckClientOptions) {
    this.calls = new Calls({
      baseUrl: options.baseUrl,
      apiKey: options.apiKey,
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      maxRetries: options.maxRetries ?? 4,
      timeoutMs: options.timeoutMs ?? 30_000,
      random: Math.random,
      sleep,
    });
    this.audit = new AuditClient(this.calls);
    this.log = new LogClient(this.calls);
  }

  // Functions

  /** Deploys a new version; `created` is false when the latest version already has this code. */
  async deploy(body: Api.DeployBody, options?: CallOptions): Promise<{ created: boolean; version: Api.DeployedVersion }> {
    const response = await this.send({ method: 'POST', path: '/v1/functions', json: body, ...options });
    return { created: response.status === 201, version: (await response.json()) as Api.DeployedVersion };
  }

  functions(): AsyncGenerator<Api.DeployedFunction> {
    return this.list('/v1/functions');
  }

  function(name: string, options?: CallOptions): Promise<Api.DeployedFunction> {
    return this.get(`/v1/functions/${encodeURIComponent(name)}`, options);
  }

  versions(name: string): AsyncGenerator<Api.DeployedVersion> {
    return this.list(`/v1/functions/${encodeURIComponent(name)}/versions`);
  }

  /** What a job with this input would cost, by a dry run. */
  estimate(name: string, body: Api.EstimateBody, options?: CallOptions): Promise<Api.Estimate> {
    const path = `/v1/functions/${encodeURIComponent(name)}/estimate`;
    const { input, ...asked } = body;
    if (input instanceof Uint8Array) return this.json({ method: 'POST', path, bytes: input, query: asked, ...options });
    return this.post(path, { ...asked, input: input ?? null }, options);
  }

  // Invocations and jobs

  /**
   * Runs a function and waits for its verified answer, however long that takes (bound it by `signal`).
   * `input` is any JSON value, or bytes. A function's own failure is an answer (`status: 'failed'`), not an exception.
   */
  async invoke<T = unknown>(name: string, input: unknown, options: InvokeOptions = {}): Promise<Invocation<T>> {
    const response = await this.startInvocation(name, input, options, options.waitSeconds ?? INVOKE_WAIT_SECONDS);
    if (response.status !== 202) return invocationFromResponse<T>(response);
    return invocationFromJob<T>(await this.waitForJob(jobIdOf(response), options));
  }

  /** Starts an invocation and returns its job's id at once. */
  async invokeAsync(name: string, input: unknown, options: InvokeOptions = {}): Promise<{ jobId: string }> {
    return { jobId: jobIdOf(await this.startInvocation(name, input, options, undefined)) };
  }

  private startInvocation(name: string, input: unknown, options: InvokeOptions, waitSeconds?: number): Promise<Response> {
    return this.send({
      method: 'POST',
      path: `/v1/functions/${encodeURIComponent(name)}/invoke`,
      query: invokeQuery(options),
      headers: { prefer: waitSeconds === undefined ? 'respond-async' : `wait=${waitSeconds}`, accept: '*/*' },
      waitSeconds,
      ...(input instanceof Uint8Array ? { bytes: input } : { json: input ?? null }),
      ...callOptionsOf(options),
    });
  }

  submitJob(body: Api.SubmitJobBody, options?: CallOptions): Promise<Api.Job> {
    return this.post('/v1/jobs', body, options);
  }

  /** A job as it is now, or, with `waitSeconds` (up to 55), as soon as it has ended. */
  job(jobId: string, options: CallOptions & { waitSeconds?: number } = {}): Promise<Api.Job> {
    const { waitSeconds, ...call } = options;
    return this.json({ method: 'GET', path: `/v1/jobs/${jobId}`, query: { wait: waitSeconds }, waitSeconds, ...call });
  }

  /** Follows a job until it has ended. */
  async waitForJob(jobId: string, options: { signal?: AbortSignal } = {}): Promise<Api.Job> {
    for (;;) {
      const askedAt = Date.now();
      const job = await this.job(jobId, { waitSeconds: JOB_WAIT_SECONDS, signal: options.signal });
      if (isFinal(job)) return job;
      // An early answer that is not final (a coordinator that shuts down) must not become a busy loop.
      if (Date.now() - askedAt < 500) await sleep(500, options.signal);
    }
  }

  /** Ends a job that nobody has begun; else refused with `job_running`. */
  async cancelJob(jobId: string, options?: CallOptions): Promise<void> {
    await this.send({ method: 'DELETE', path: `/v1/jobs/${jobId}`, ...options });
  }

  /** All jobs of this account, newest first, page by page as they are read. */
  jobs(filter: Api.JobFilter = {}): AsyncGenerator<Api.Job> {
    return this.list('/v1/jobs', { ...filter });
  }

  /** Who ran a job and what each of them returned; readable after settlement. */
  tasks(jobId: string): AsyncGenerator<Api.JobTask> {
    return this.list(`/v1/jobs/${jobId}/tasks`);
  }

  /** The portable proof of a settled job; refused with `receipt_pending` until the log has signed it. Revision 2: of its correction. */
  receipt(jobId: string, options: CallOptions & { revision?: number } = {}): Promise<Api.Receipt> {
    const { revision, ...call } = options;
    return this.json({ method: 'GET', path: `/v1/jobs/${jobId}/receipt`, query: { revision }, ...call });
  }

  /** The receipt as soon as there is one: waits for the settlement and for the log. */
  async waitForReceipt(jobId: string, options: { revision?: number; signal?: AbortSignal } = {}): Promise<Api.Receipt> {
    for (;;) {
      try {
        return await this.receipt(jobId, options);
      } catch (error) {
        const pending = error instanceof PotluckError && ['receipt_pending', 'job_not_settled'].includes(error.code);
        if (!pending) throw error;
        await sleep((error.retryAfterSeconds ?? 1) * 1000, options.signal);
      }
    }
  }

  // Batches

  submitBatch(body: Api.SubmitBatchBody, options?: CallOptions): Promise<Api.Batch> {
    return this.post('/v1/batches', body, options);
  }

  batch(batchId: string, options?: CallOptions): Promise<Api.Batch> {
    return this.get(`/v1/batches/${batchId}`, options);
  }

  /** The results there are by now, one at a time, without holding them all in memory. */
  async *batchResults(batchId: string, options?: CallOptions): AsyncGenerator<Api.BatchResult> {
    const path = `/v1/batches/${batchId}/results`;
    const headers = { accept: 'application/x-ndjson' };
    const response = await this.send({ method: 'GET', path, headers, stream: true, ...options });
    yield* readJsonLines<Api.BatchResult>(response.body);
  }

  // Accounts, keys, nodes

  createAccount(body: Api.CreateAccountBody, options?: CallOptions): Promise<Api.CreatedAccount> {
    return this.post('/v1/accounts', body, options);
  }

  account(options?: CallOptions): Promise<Api.Account> {
    return this.get('/v1/account', options);
  }

  createApiKey(body: Api.CreateApiKeyBody, options?: CallOptions): Promise<Api.IssuedApiKey> {
    return this.post('/v1/api-keys', body, options);
  }

  apiKeys(): AsyncGenerator<Api.ApiKey> {
    return this.list('/v1/api-keys');
  }

  async revokeApiKey(keyId: string, options?: CallOptions): Promise<void> {
    await this.send({ method: 'DELETE', path: `/v1/api-keys/${keyId}`, ...options });
  }

  /** A single-use token by which a volunteer's machine registers without an API key. */
  createEnrolment(options?: CallOptions): Promise<Api.NodeEnrolment> {
    return this.post('/v1/node-enrolments', {}, options);
  }

  nodes(): AsyncGenerator<Api.VolunteerNode> {
    return this.list('/v1/nodes');
  }

  node(nodeId: string, options?: CallOptions): Promise<Api.VolunteerNode> {
    return this.get(`/v1/nodes/${nodeId}`, options);
  }

  // Ledger and grid

  balances(options?: CallOptions): Promise<Api.Balances> {
    return this.get('/v1/ledger/balances', options);
  }

  /** This account's ledger entries, newest first. */
  entries(): AsyncGenerator<Api.LedgerEntry> {
    return this.list('/v1/ledger/entries');
  }

  /** One transfer of this account with its legs; an auditor's key reads any, whole. */
  transfer(transferId: string, options?: CallOptions): Promise<Api.LedgerTransfer> {
    return this.get(`/v1/ledger/transfers/${transferId}`, options);
  }

  trialBalance(options: CallOptions & { at?: Api.Timestamp } = {}): Promise<Api.TrialBalance> {
    return this.audit.trialBalance(options);
  }

  limits(options?: CallOptions): Promise<Api.Limits> {
    return this.get('/v1/limits', options);
  }

  // The wire

  private send(request: ApiRequest): Promise<Response> {
    return this.calls.send(request);
  }

  private json<T>(request: ApiRequest): Promise<T> {
    return this.calls.json(request);
  }

  private get<T>(path: string, options?: CallOptions): Promise<T> {
    return this.calls.get(path, options);
  }

  private post<T>(path: string, body: unknown, options?: CallOptions): Promise<T> {
    return this.calls.post(path, body, options);
  }

  private list<T>(path: string, query?: Record<string, string | undefined>): AsyncGenerator<T> {
    return this.calls.list(path, query);
  }
}

const callOptionsOf = ({ signal, timeoutMs, idempotencyKey }: CallOptions): CallOptions => ({
  signal,
  timeoutMs,
  idempotencyKey,
});

function jobIdOf(response: Response): string {
  const fromLocation = response.headers.get('location')?.match(/\/v1\/jobs\/([^/?]+)/)?.[1];
  const jobId = fromLocation ?? response.headers.get('job-id');
  if (jobId) return jobId;
  const detail = 'The coordinator accepted the invocation but named no job';
  throw new PotluckError({ status: response.status, code: 'unexpected_answer', detail });
}
