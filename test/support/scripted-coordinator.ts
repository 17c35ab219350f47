/**
 * The coordinator's side of the worker protocol over real HTTP, scripted: hands out the leases it is given, checks every signature
 * and attestation by its own code (written from the contract, not with libs/signing), and loses, delays or refuses on demand.
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ScriptedLog } from './scripted-log.js';

/** `before`: the connection breaks before the call had any effect; `after`: it had, but its answer is lost. */
export type Fault = 'before' | 'after' | { status: number; code: string; retryable?: boolean; retryAfter?: number };

export interface ScriptedLease {
  leaseId: string;
  token: string;
  taskId: string;
  jobId: string;
  functionName: string;
  version: string;
  codeDigest: string;
  runtimeId: string;
  abi: 'js';
  inputDigest: string;
  input: string;
  contentType: string;
  now: string;
  seed: string;
  fuelLimit: string;
  memoryBytes: number;
  maxOutputBytes: number;
  leaseMs: number;
}

interface Reported {
  leaseId: string;
  token: string;
  outcome?: string;
  output?: string;
  outputDigest?: string;
  fuel?: string;
  hostFailure?: string;
}

interface Call {
  path: string;
  body: Record<string, unknown>;
  raw: Buffer;
}

const sha256 = (...parts: (Uint8Array | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export const digestOf = (bytes: Uint8Array | string): string => `sha256:${sha256(bytes).toString('hex')}`;

export class ScriptedCoordinator {
  /** Every call that had an effect, in order. */
  readonly calls: Call[] = [];
  /** Every report as it arrived, repeats too. */
  readonly reports: { reportId: string; results: Reported[] }[] = [];
  readonly recorded = new Map<string, Reported>();
  /** Leases that the worker did not name in `have`. */
  readonly returned: string[] = [];
  readonly refusedSignatures: string[] = [];
  exit: { returned: string[] } | undefined;
  registrations: { publicKey: string; enrolment: string; name: string }[] = [];
  /** What the next call of a path suffers, one each. */
  readonly faults = new Map<string, Fault[]>();
  heartbeat: Record<string, unknown> = { cancel: [] };
  /** The public log; absent: a grid without one. */
  log: ScriptedLog | undefined;
  idleReason = 'no_demand';
  code = 'export default (x) => x';
  /** Added to this coordinator's clock, its Date headers included. */
  skewMs = 0;
  nodeId = 'node_01jscripted';
  origin = '';
  /** As `limits` says it; the default is the true one. */
  claimedOrigin: string | undefined;
  enrolments = new Set<string>();

  private readonly queue: ScriptedLease[] = [];
  private readonly open = new Map<string, ScriptedLease & { requestId: string }>();
  private readonly answered = new Map<string, ScriptedLease[]>();
  private readonly known = new Map<string, ScriptedLease>();
  private readonly sockets = new Set<import('node:net').Socket>();
  private wake: (() => void)[] = [];
  private server: Server | undefined;
  private key: KeyObject | undefined;
  private port = 0;
  private made = 0;

  async start(): Promise<this> {
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.server?.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
    this.origin = `http://localhost:${this.port}`;
    return this;
  }

  /** Like `kill -9`: every connection breaks; what was recorded stays. `start` brings it back on the same port. */
  async kill(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  trust(publicKey: Uint8Array): void {
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]);
    this.key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  }

  fail(path: string, ...faults: Fault[]): void {
    this.faults.set(path, [...(this.faults.get(path) ?? []), ...faults]);
  }

  /** Makes work; ids are `lease_1`, `lease_2`, … */
  offer(count: number, change: Partial<ScriptedLease> = {}): string[] {
    const leases = Array.from({ length: count }, () => this.makeLease(change));
    this.queue.push(...leases);
    for (const wake of this.wake.splice(0)) wake();
    return leases.map(({ leaseId }) => leaseId);
  }

  private makeLease(change: Partial<ScriptedLease>): ScriptedLease {
    this.made += 1;
    const n = this.made;
    const input = JSON.stringify(n);
    return {
      leaseId: `lease_${n}`,
      token: `token-${n}`,
      taskId: `task_${n}`,
      jobId: `job_${n}`,
      functionName: 'echo',
      version: digestOf(this.code),
      codeDigest: digestOf(this.code),
      runtimeId: 'test-runtime',
      abi: 'js',
      inputDigest: digestOf(input),
      input: Buffer.from(input).toString('base64'),
      contentType: 'application/json',
      now: '2026-01-01T00:00:00.000Z',
      seed: 'seed',
      fuelLimit: '1000000000',
      memoryBytes: 67_108_864,
      maxOutputBytes: 1_048_576,
      leaseMs: 10_000,
      ...change,
    };
  }

  // One request

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const raw = Buffer.concat(chunks);
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const fault = this.faults.get(path)?.shift();
    if (fault === 'before') return void request.socket.destroy();
    response.setHeader('date', new Date(Date.now() + this.skewMs).toUTCString());
    if (typeof fault === 'object') return refuse(response, fault);
    if (path.startsWith('/v1/worker/') && !this.isSigned(request, raw)) {
      return refuse(response, { status: 401, code: 'signature_invalid' });
    }
    const body = raw.length === 0 ? {} : (JSON.parse(raw.toString()) as Record<string, unknown>);
    this.calls.push({ path, body, raw });
    const answer = this.logAnswer(path, query) ?? (await this.answer(path, body, response));
    if (fault === 'after') return void request.socket.destroy();
    if (response.destroyed) return;
    if (answer instanceof Uint8Array) response.end(answer);
    else if ('problem' in answer) refuse(response, answer.problem as Exclude<Fault, string>);
    else response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  }

  private async answer(path: string, body: Record<string, unknown>, response: ServerResponse): Promise<object> {
    switch (path) {
      case '/v1/limits':
        return { origin: this.claimedOrigin ?? this.origin };
      case '/v1/nodes':
        return this.register(body);
      case '/v1/worker/leases':
        return this.lease(body as { requestId: string; have: string[]; slots: number }, response);
      case '/v1/worker/results':
        return this.record(body as { reportId: string; results: Reported[]; signature: string });
      case '/v1/worker/heartbeat':
        return { checkpoint: this.log?.shown() ?? null, ...this.heartbeat };
      case '/v1/worker/exit':
        this.exit = body as { returned: string[] };
        return {};
      default:
        if (path === `/v1/worker/code/${digestOf(this.code)}`) return Buffer.from(this.code);
        return { problem: { status: 404, code: 'not_found' } };
    }
  }

  private logAnswer(path: string, query: string): object | undefined {
    if (path === '/v1/log/keys') return this.log && { keys: this.log.published };
    return path === '/v1/log/proofs/consistency' ? this.log?.consistency(new URLSearchParams(query)) : undefined;
  }

  private register(body: Record<string, unknown>): object {
    const { publicKey, proof, timestamp, enrolment, name } = body as Record<string, string>;
    const key = Buffer.from(publicKey ?? '', 'base64');
    this.trust(key);
    const proved = `potluck-node-v1|${this.origin}|${enrolment}|${publicKey}|${timestamp}`;
    const fresh = Math.abs(Date.parse(timestamp ?? '') - Date.now() - this.skewMs) < 300_000;
    const holds = verify(null, Buffer.from(proved), this.key as KeyObject, Buffer.from(proof ?? '', 'base64'));
    if (!fresh || !holds) return { problem: { status: 401, code: 'signature_invalid' } };
    if (!this.enrolments.delete(enrolment ?? ''))
      return { problem: { status: 403, code: 'forbidden', detail: 'the token is used' } };
    this.registrations.push({ publicKey: publicKey ?? '', enrolment: enrolment ?? '', name: name ?? '' });
    return { node: { id: this.nodeId, name, stage: 'probation' }, origin: this.origin };
  }

  private async lease(body: { requestId: string; have: string[]; slots: number }, response: ServerResponse): Promise<object> {
    const known = this.answered.get(body.requestId);
    for (const [leaseId, lease] of this.open) {
      if (body.have.includes(leaseId) || lease.requestId === body.requestId) continue;
      this.open.delete(leaseId);
      this.returned.push(leaseId);
    }
    if (known !== undefined) return { leases: known };
    if (this.queue.length === 0) await this.waitForWork(response);
    if (response.destroyed) return {};
    const leases = this.queue.splice(0, body.slots);
    for (const lease of leases) {
      this.open.set(lease.leaseId, { ...lease, requestId: body.requestId });
      this.known.set(lease.leaseId, lease);
    }
    if (leases.length > 0) this.answered.set(body.requestId, leases);
    return leases.length > 0 ? { leases } : { leases, idleReason: this.idleReason };
  }

  private waitForWork(response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 1_500);
      const end = () => {
        clearTimeout(timer);
        resolve();
      };
      this.wake.push(end);
      response.on('close', end);
    });
  }

  // Signatures

  private record(body: { reportId: string; results: Reported[]; signature: string }): object {
    this.reports.push(body);
    if (!this.isAttested(body)) return { problem: { status: 422, code: 'attestation_invalid' } };
    const results = body.results.map((result) => {
      const lease = this.known.get(result.leaseId);
      if (lease?.token !== result.token) return { leaseId: result.leaseId, status: 'rejected', code: 'lease_unknown' };
      this.open.delete(result.leaseId);
      if (this.recorded.has(result.leaseId)) return { leaseId: result.leaseId, status: 'duplicate' };
      this.recorded.set(result.leaseId, result);
      return { leaseId: result.leaseId, status: 'recorded' };
    });
    return { results };
  }

  private isAttested({ reportId, results, signature }: { reportId: string; results: Reported[]; signature: string }): boolean {
    const leaves = results
      .filter(({ hostFailure }) => hostFailure === undefined)
      .map((result) => {
        const lease = this.known.get(result.leaseId);
        const { taskId = '', jobId = '', runtimeId = '', codeDigest = '', inputDigest = '' } = lease ?? {};
        const { leaseId, outcome = '', outputDigest = '', fuel = '' } = result;
        if (digestOf(Buffer.from(result.output ?? '', 'base64')) !== outputDigest) return Buffer.of();
        const ids = [this.origin, this.nodeId, leaseId, taskId, jobId, runtimeId, codeDigest, inputDigest];
        return prefixed('potluck-attestation-v1', ...ids, outcome, outputDigest, fuel);
      });
    const root = treeRoot(leaves.map((leaf) => sha256(Uint8Array.of(0), leaf)));
    const statement = prefixed('potluck-report-v1', this.origin, this.nodeId, reportId, String(leaves.length), root);
    return verify(null, statement, this.key as KeyObject, Buffer.from(signature, 'base64'));
  }

  private isSigned(request: IncomingMessage, raw: Buffer): boolean {
    const complaint = this.complaintAbout(request, raw);
    if (complaint !== undefined) this.refusedSignatures.push(complaint);
    return complaint === undefined;
  }

  private complaintAbout(request: IncomingMessage, raw: Buffer): string | undefined {
    const { headers, method = '', url = '' } = request;
    const [, label, params, names] = /^([a-z0-9]+)=(\(([^)]*)\).*)$/.exec(String(headers['signature-input'])) ?? [];
    if (params === undefined || names === undefined) return 'no signature-input';
    const [path = '', query = ''] = url.split('?');
    const values: Record<string, string> = {
      '@method': method,
      '@authority': headers.host ?? '',
      '@path': path,
      '@query': `?${query}`,
      'content-digest': String(headers['content-digest']),
    };
    const covered = names.split(' ').map((name) => name.replaceAll('"', ''));
    const wanted = ['@method', '@authority', '@path', '@query', ...(raw.length > 0 ? ['content-digest'] : [])];
    if (wanted.some((name) => !covered.includes(name))) return 'covers too little';
    if (raw.length > 0 && values['content-digest'] !== `sha-256=:${sha256(raw).toString('base64')}:`) return 'content-digest';
    if (!params.includes('tag="potluck-worker-v1"')) return 'tag';
    if (!params.includes(`keyid="${this.nodeId}"`)) return 'keyid';
    const created = Number(/;created=(\d+)/.exec(params)?.[1]);
    if (!(Math.abs(created * 1000 - Date.now() - this.skewMs) <= 30_000)) return 'created';
    if (headers['worker-protocol'] !== '1') return 'worker-protocol';
    const base = [...covered.map((name) => `"${name}": ${values[name]}`), `"@signature-params": ${params}`].join('\n');
    const bytes = new RegExp(`^${label}=:([^:]+):$`).exec(String(headers.signature))?.[1] ?? '';
    return verify(null, Buffer.from(base), this.key as KeyObject, Buffer.from(bytes, 'base64')) ? undefined : 'signature';
  }
}

function refuse(response: ServerResponse, fault: Exclude<Fault, string> & { detail?: string }): void {
  const { status, code, retryable = status >= 500, retryAfter, detail = code } = fault;
  if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify({ type: 'about:blank', title: code, status, code, retryable, detail }));
}

function prefixed(...fields: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field as string);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

function treeRoot(hashes: Buffer[]): Buffer {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return hashes[0] as Buffer;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return sha256(Uint8Array.of(1), treeRoot(hashes.slice(0, split)), treeRoot(hashes.slice(split)));
}
