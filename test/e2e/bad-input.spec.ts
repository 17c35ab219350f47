/** Every malformed, oversized, unauthorised or conflicting request gets problem+json that names the field and the fix; never a 500. */
import { generateKeyPairSync, sign as signWith } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signRequest } from '../../libs/signing/http-signature.js';
import { expectSoundBooks } from '../support/books.js';
import { Grid } from '../support/grid.js';

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown> & { code: string; errors?: { pointer?: string; parameter?: string; detail: string }[] };
}

const MIB = 1_048_576;
const digest = `sha256:${'0'.repeat(64)}`;

describe('a bad request', () => {
  let grid: Grid;
  let key = 0;

  beforeAll(async () => {
    grid = await Grid.start();
    await grid.api().deploy({ name: 'echo', runtime: 'js', source: 'export default (x) => x' });
  });
  afterAll(async () => {
    await expectSoundBooks(grid);
    await grid.stop();
  });

  async function call(
    method: string,
    path: string,
    given: { body?: unknown; raw?: string | Buffer; headers?: Record<string, string>; as?: string | null } = {},
  ): Promise<Answer> {
    const apiKey = given.as === undefined ? grid.demo.developer.apiKey : given.as;
    key += 1;
    const body = given.raw ?? (given.body === undefined ? undefined : JSON.stringify(given.body));
    const response = await fetch(grid.url + path, {
      method,
      headers: {
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
        ...(method === 'POST' ? { 'idempotency-key': `bad-${key}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...given.headers,
      },
      ...(body === undefined ? {} : { body: body as string }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) } as Answer;
  }

  function expectProblem(answer: Answer, status: number, code: string): void {
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      type: expect.any(String),
      title: expect.any(String),
      status,
      detail: expect.any(String),
      retryable: expect.any(Boolean),
    });
    expect(answer.headers.get('x-request-id')).toBeTruthy();
  }

  it.each([
    ['an unknown address', 'GET', '/v1/nothing', {}, 404, 'not_found'],
    ['a wrong method', 'PUT', '/v1/jobs', { body: {} }, 405, 'method_not_allowed'],
    ['no credentials', 'GET', '/v1/jobs', { as: null }, 401, 'unauthorized'],
    ['a key that is none', 'GET', '/v1/jobs', { as: 'plk_nonsense' }, 401, 'unauthorized'],
    ['JSON that is cut off', 'POST', '/v1/jobs', { raw: '{"function":' }, 400, 'malformed_json'],
    ['a body that is not UTF-8', 'POST', '/v1/jobs', { raw: Buffer.from([0x22, 0xff, 0x22]) }, 400, 'malformed_json'],
    [
      'a body of another type',
      'POST',
      '/v1/jobs',
      { raw: 'a=1', headers: { 'content-type': 'text/plain' } },
      415,
      'unsupported_media_type',
    ],
    [
      'a compressed body',
      'POST',
      '/v1/jobs',
      { raw: '{}', headers: { 'content-encoding': 'gzip' } },
      415,
      'unsupported_media_type',
    ],
    ['a list where an object belongs', 'POST', '/v1/functions', { body: [] }, 400, 'validation_failed'],
    [
      'no idempotency key',
      'POST',
      '/v1/jobs',
      { body: { function: 'echo', input: 1 }, headers: { 'idempotency-key': '' } },
      400,
      'validation_failed',
    ],
    ['an unknown function', 'POST', '/v1/jobs', { body: { function: 'nobody', input: 1 } }, 404, 'not_found'],
    ['an unknown version', 'POST', '/v1/jobs', { body: { function: 'echo', input: 1, version: digest } }, 404, 'not_found'],
    ['a job id that is none', 'GET', '/v1/jobs/nonsense', {}, 404, 'not_found'],
    ['a forged cursor', 'GET', '/v1/jobs?cursor=AAAA', {}, 400, 'cursor_invalid'],
    ['a limit below 1', 'GET', '/v1/jobs?limit=0', {}, 400, 'validation_failed'],
    ['a wait that is no number', 'GET', '/v1/jobs/job_00000000000000000000000000?wait=soon', {}, 400, 'validation_failed'],
    ['an unknown query parameter', 'GET', '/v1/jobs?colour=red', {}, 400, 'validation_failed'],
    [
      'a worker’s call without a signature',
      'POST',
      '/v1/worker/leases',
      { body: {}, headers: { 'worker-protocol': '1' } },
      401,
      'signature_invalid',
    ],
    ['a worker of another protocol', 'POST', '/v1/worker/leases', { body: {} }, 426, 'protocol_too_old'],
    ['a member’s look at the trial balance', 'GET', '/v1/audit/trial-balance', {}, 403, 'insufficient_scope'],
    [
      'a member’s grant to itself',
      'POST',
      '/v1/grants',
      { body: { to: 'commons', amount: '1', reason: 'why not' } },
      403,
      'insufficient_scope',
    ],
    ['a path that cannot be decoded', 'GET', '/v1/jobs/%zz', {}, 400, 'validation_failed'],
  ] as const)('%s is refused', async (_what, method, path, given, status, code) => {
    expectProblem(await call(method, path, given as never), status, code);
  });

  it.each([
    ['/v1/jobs', { function: 'echo' }, '/input'],
    ['/v1/jobs', { input: 1 }, '/function'],
    ['/v1/jobs', { function: 'echo', input: 1, assurance: 'perhaps' }, '/assurance'],
    ['/v1/jobs', { function: 'echo', input: 1, assurance: 1 }, '/assurance'],
    ['/v1/jobs', { function: 'echo', input: 1, fuelLimit: 5 }, '/fuelLimit'],
    ['/v1/jobs', { function: 'echo', input: 1, fuelLimit: '1' }, '/fuelLimit'],
    ['/v1/jobs', { function: 'echo', input: 1, fuelLimit: '99999999999999' }, '/fuelLimit'],
    ['/v1/jobs', { function: 'echo', input: 1, maxCharge: '1' }, '/maxCharge'],
    ['/v1/jobs', { function: 'echo', input: 1, deadlineMs: 10 }, '/deadlineMs'],
    ['/v1/jobs', { function: 'echo', input: 1, placement: { near: 7 } }, '/placement/near'],
    ['/v1/jobs', { function: 'echo', input: 1, placement: { moon: 1 } }, '/placement/moon'],
    ['/v1/jobs', { function: 'echo', input: 1, colour: 'red' }, '/colour'],
    ['/v1/batches', { function: 'echo', inputs: [] }, '/inputs'],
    ['/v1/batches', { function: 'echo', inputs: 'all' }, '/inputs'],
    ['/v1/functions', { name: '1st', runtime: 'js', source: 'x' }, '/name'],
    ['/v1/functions', { name: 'f', runtime: 'cobol', source: 'x' }, '/runtime'],
    ['/v1/functions', { name: 'f', runtime: 'js' }, '/source'],
    ['/v1/functions', { name: 'f', runtime: 'js', source: 'x', limits: { memoryBytes: 1 } }, '/limits/memoryBytes'],
    ['/v1/functions', { name: 'f', runtime: 'js', source: 'x', colour: 'red' }, '/colour'],
    ['/v1/api-keys', { scopes: ['everything'] }, '/scopes'],
    ['/v1/api-keys', { expiresAt: '2001-01-01T00:00:00Z' }, '/expiresAt'],
    ['/v1/accounts', { name: '' }, '/name'],
    ['/v1/accounts', { name: 'x', email: 'nobody' }, '/email'],
  ])('POST %s with %j names the field %s', async (path, body, pointer) => {
    const answer = await call('POST', path, { body });
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.body.errors?.map((error) => error.pointer)).toContain(pointer);
  });

  it('a value that is nested too deep, or too large, is refused', async () => {
    const deep = `${'['.repeat(70)}${']'.repeat(70)}`;
    expectProblem(await call('POST', '/v1/functions/echo/invoke', { raw: deep }), 400, 'validation_failed');
    expectProblem(
      await call('POST', '/v1/functions/echo/invoke', { raw: JSON.stringify('x'.repeat(MIB)) }),
      413,
      'payload_too_large',
    );
    expectProblem(
      await call('POST', '/v1/jobs', { raw: JSON.stringify({ input: 'x'.repeat(3 * MIB) }) }),
      413,
      'payload_too_large',
    );
  });

  it('a missing Idempotency-Key is named', async () => {
    const response = await fetch(`${grid.url}/v1/jobs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${grid.demo.developer.apiKey}`, 'content-type': 'application/json' },
      body: '{"function":"echo","input":1}',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'idempotency_key_missing', errors: [{ parameter: 'Idempotency-Key' }] });
  });

  it('the same Idempotency-Key with another body is refused, with the same body replayed', async () => {
    const headers = { 'idempotency-key': '"once"' };
    const first = await call('POST', '/v1/jobs', { body: { function: 'echo', input: 1 }, headers });
    const again = await call('POST', '/v1/jobs', {
      body: { function: 'echo', input: 1 },
      headers: { 'idempotency-key': 'once' },
    });
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.body.id).toBe(first.body.id);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expectProblem(await call('POST', '/v1/jobs', { body: { function: 'echo', input: 2 }, headers }), 422, 'idempotency_conflict');
  });

  it('two concurrent twins make one job', async () => {
    const headers = { 'idempotency-key': 'twins' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => call('POST', '/v1/jobs', { body: { function: 'echo', input: 7 }, headers })),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ headers: seen }) => seen.get('idempotency-replayed') === null)).toHaveLength(1);
  });

  it('another account’s things are not found, whatever is asked of them', async () => {
    const { body: job } = await call('POST', '/v1/jobs', { body: { function: 'echo', input: 1 } });
    const { body: batch } = await call('POST', '/v1/batches', { body: { function: 'echo', inputs: [1, 2] } });
    const [own] = await grid.query<{ id: string }>('SELECT max(id)::text AS id FROM ledger.transfers');
    const stranger = grid.demo.volunteers[0]!.apiKey;
    for (const [method, path] of [
      ['GET', `/v1/jobs/${job.id}`],
      ['GET', `/v1/jobs/${job.id}/tasks`],
      ['DELETE', `/v1/jobs/${job.id}`],
      ['GET', `/v1/batches/${batch.id}`],
      ['GET', `/v1/batches/${batch.id}/results`],
      ['DELETE', `/v1/batches/${batch.id}`],
      ['GET', '/v1/functions/echo'],
      ['GET', '/v1/functions/echo/versions'],
      ['POST', '/v1/functions/echo/invoke'],
      ['GET', `/v1/ledger/transfers/${own!.id}`],
    ] as const) {
      expectProblem(await call(method, path, { as: stranger, ...(method === 'POST' ? { body: 1 } : {}) }), 404, 'not_found');
    }
  });

  it('a key gives on only what it has, and is of no use once revoked', async () => {
    const { body: narrow } = await call('POST', '/v1/api-keys', { body: { name: 'reader', scopes: ['jobs:read'] } });
    const secret = narrow.secret as string;
    expect((await call('GET', '/v1/jobs', { as: secret })).status).toBe(200);
    expectProblem(
      await call('POST', '/v1/jobs', { as: secret, body: { function: 'echo', input: 1 } }),
      403,
      'insufficient_scope',
    );
    expectProblem(await call('POST', '/v1/api-keys', { as: secret, body: { scopes: ['admin'] } }), 403, 'insufficient_scope');
    expect((await call('DELETE', `/v1/api-keys/${narrow.id}`)).status).toBe(204);
    expectProblem(await call('GET', '/v1/jobs', { as: secret }), 401, 'unauthorized');
  });

  it('a daily cap of a key holds', async () => {
    const { body: capped } = await call('POST', '/v1/api-keys', { body: { dailySpendCap: '5000000' } });
    const submit = () => call('POST', '/v1/jobs', { as: capped.secret as string, body: { function: 'echo', input: 1 } });
    const statuses = [(await submit()).status, (await submit()).status, (await submit()).status];
    expect(statuses[0]).toBe(202);
    expect(statuses).toContain(402);
  });

  it('registration of a node needs a proof by its own key', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
    const { body: enrolment } = await call('POST', '/v1/node-enrolments');
    const timestamp = new Date().toISOString();
    const proofOf = (text: string) => signWith(null, Buffer.from(text), privateKey).toString('base64');
    const right = proofOf(`potluck-node-v1|${grid.url}|${enrolment.token}|${raw}|${timestamp}`);
    const body = { name: 'n', publicKey: raw, proof: right, timestamp, enrolment: enrolment.token };
    expectProblem(
      await call('POST', '/v1/nodes', { as: null, body: { ...body, proof: proofOf('something else') } }),
      401,
      'signature_invalid',
    );
    expectProblem(
      await call('POST', '/v1/nodes', { as: null, body: { ...body, timestamp: '2001-01-01T00:00:00Z' } }),
      400,
      'validation_failed',
    );
    expectProblem(
      await call('POST', '/v1/nodes', { as: null, body: { ...body, publicKey: 'AAAA'.repeat(10) } }),
      400,
      'validation_failed',
    );
    const first = await call('POST', '/v1/nodes', { as: null, body });
    const again = await call('POST', '/v1/nodes', { as: null, body });
    expect([first.status, again.status]).toEqual([201, 200]);
    const { privateKey: other, publicKey: otherPublic } = generateKeyPairSync('ed25519');
    const otherRaw = otherPublic.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
    const proof = signWith(
      null,
      Buffer.from(`potluck-node-v1|${grid.url}|${enrolment.token}|${otherRaw}|${timestamp}`),
      other,
    ).toString('base64');
    expectProblem(
      await call('POST', '/v1/nodes', { as: null, body: { ...body, publicKey: otherRaw, proof } }),
      403,
      'enrolment_invalid',
    );
  });

  it('a signed call with a wrong clock, body or key is refused with the reason', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
    const { body: enrolment } = await call('POST', '/v1/node-enrolments');
    const timestamp = new Date().toISOString();
    const proof = signWith(
      null,
      Buffer.from(`potluck-node-v1|${grid.url}|${enrolment.token}|${raw}|${timestamp}`),
      privateKey,
    ).toString('base64');
    const { body: registered } = await call('POST', '/v1/nodes', {
      as: null,
      body: { name: 'n', publicKey: raw, proof, timestamp, enrolment: enrolment.token },
    });
    const keyId = (registered.node as { id: string }).id;
    const poll = JSON.stringify({ requestId: 'r1', have: [], slots: 1, threads: 1, runtimes: ['x'] });
    const send = async (created: number, body: string, signed = body): Promise<Answer> => {
      const url = `${grid.url}/v1/worker/leases?wait=0`;
      const signer = (bytes: Uint8Array) => signWith(null, bytes, privateKey);
      const headers = signRequest(
        { method: 'POST', url, body: Buffer.from(signed) },
        { keyId, secretKey: new Uint8Array(64), created, signer },
      );
      return call('POST', '/v1/worker/leases?wait=0', { as: null, raw: body, headers: { ...headers, 'worker-protocol': '1' } });
    };
    const now = Math.floor(Date.now() / 1_000);
    expect(await send(now, poll)).toMatchObject({ status: 200, body: { leases: [], idleReason: expect.any(String) } });
    const late = await send(now - 600, poll);
    expectProblem(late, 401, 'signature_invalid');
    expect(late.body.detail).toMatch(/clock/);
    expectProblem(await send(now, poll, poll.replace('r1', 'r2')), 401, 'signature_invalid');
    expectProblem(
      await send(now, JSON.stringify({ requestId: '!', have: [], slots: 1, threads: 1, runtimes: [] })),
      400,
      'validation_failed',
    );
  });

  it('what is not HTTP is answered, and the coordinator lives', async () => {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(grid.port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
      socket
        .setEncoding('utf8')
        .on('data', resolve)
        .on('error', () => resolve('closed'));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    const huge = await new Promise<number | undefined>((resolve) => {
      const call = request(`${grid.url}/v1/jobs`, { headers: { 'x-large': 'x'.repeat(40_000) } }, (response) =>
        resolve(response.statusCode),
      );
      call.on('error', () => resolve(undefined));
      call.end();
    });
    expect(huge).toBe(431);
    expect((await fetch(`${grid.url}/livez`)).status).toBe(200);
  });
});
