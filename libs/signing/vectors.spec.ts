/**
 * The vectors of docs/worker-protocol.md, made again by the code: whoever writes a worker from that page alone must arrive at
 * these bytes. Everything is fixed there: the key's seed, the ids, the times.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { signCheckpoint } from '#libs/transparency/checkpoint.js';
import { consistencyPath } from '#libs/transparency/consistency-proof.js';
import { successionBytes } from '#libs/transparency/key-succession.js';
import { concatFields } from '#libs/transparency/length-prefixed.js';
import { formatVerifierKey } from '#libs/transparency/verifier-key.js';
import { inclusionPath, leafHash, rootOfHashes, verifyInclusion } from '../transparency/merkle-tree.js';
import { type AttestedResult, reportBytes, resultBytes } from './attestation.js';
import { encodeBase64 } from './binary-text.js';
import { formatDigest, sha256 } from './digest.js';
import { keyPairFromSeed, sign, verify } from './ed25519.js';
import { createVerifier } from './ed25519-node.js';
import { contentDigest, signRequest, verifyRequest } from './http-signature.js';
import { encodeId } from './ids.js';
import { proofBytes } from './node-proof.js';

const PAGE = readFileSync(new URL('../../docs/worker-protocol.md', import.meta.url), 'utf8');

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const uuid = (n: number): string => `01940000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

const seed = Uint8Array.from({ length: 32 }, (_, at) => at);
const key = keyPairFromSeed(seed);
const origin = 'https://grid.example.org';
const nodeId = encodeId('node', uuid(1));
const created = 1_767_225_600;

function registration(): Record<string, string> {
  const subject = 'enrol_vector-token-0123456789';
  const timestamp = '2026-01-01T00:00:00.000Z';
  const publicKey = encodeBase64(key.publicKey);
  const bytes = proofBytes({ origin, subject, publicKey, timestamp });
  return {
    'key.seed': hex(seed),
    'key.public': hex(key.publicKey),
    'key.public.base64': publicKey,
    'ids.node': nodeId,
    'ids.node.uuid': uuid(1),
    'fields.example': hex(concatFields(['ab', '', 'é'])),
    'proof.text': text(bytes),
    'proof.signature': encodeBase64(sign(key.secretKey, bytes)),
  };
}

const pollBody = '{"requestId":"r-1","have":[],"slots":2,"threads":1,"runtimes":["js-provisional-1-0123456789ab"]}';
const post = { method: 'POST', url: `${origin}/v1/worker/leases?wait=25`, body: new TextEncoder().encode(pollBody) };
const get = { method: 'GET', url: `${origin}/v1/worker/code/sha256:${'ab'.repeat(32)}` };

/** The signature base as it was signed: caught on its way to the signer. */
function signed(request: { method: string; url: string; body?: Uint8Array }): { headers: Record<string, string>; base: string } {
  let base = '';
  const signer = (bytes: Uint8Array): Uint8Array => {
    base = text(bytes);
    return sign(key.secretKey, bytes);
  };
  return { headers: signRequest(request, { keyId: nodeId, secretKey: key.secretKey, created, signer }), base };
}

function requests(): Record<string, string> {
  const [poll, code] = [signed(post), signed(get)];
  return {
    'post.body': pollBody,
    'post.content-digest': contentDigest(post.body),
    'post.base': poll.base.replaceAll('\n', '\\n'),
    'post.signature-input': poll.headers['signature-input'] as string,
    'post.signature': poll.headers.signature as string,
    'get.base': code.base.replaceAll('\n', '\\n'),
    'get.signature-input': code.headers['signature-input'] as string,
    'get.signature': code.headers.signature as string,
  };
}

const outputs = [
  { outcome: 'ok', output: '{"sum":42}', fuel: '1250000' },
  { outcome: 'ok', output: '[]', fuel: '9007199254740993' },
  {
    outcome: 'out_of_fuel',
    output: '{"kind":"out_of_fuel","message":"the call used up its fuel limit of 1000000000"}',
    fuel: '1000000000',
  },
];

function attested(at: number): AttestedResult {
  const { outcome, output, fuel } = outputs[at] as (typeof outputs)[number];
  return {
    origin,
    nodeId,
    leaseId: encodeId('lease', uuid(16 + at)),
    taskId: encodeId('task', uuid(16 + at)),
    jobId: encodeId('job', uuid(32 + at)),
    runtimeId: 'js-provisional-1-0123456789ab',
    codeDigest: formatDigest(sha256('export default (input) => input;')),
    inputDigest: formatDigest(sha256(`{"n":${at}}`)),
    outcome,
    outputDigest: formatDigest(sha256(output)),
    fuel,
  };
}

const leaves = outputs.map((_, at) => resultBytes(attested(at)));
const hashes = leaves.map(leafHash);
const root = rootOfHashes(hashes);
const report = reportBytes({ origin, nodeId, reportId: 'report-1', count: 3, root });
const empty = reportBytes({ origin, nodeId, reportId: 'report-2', count: 0, root: rootOfHashes([]) });

function attestation(): Record<string, string> {
  const { leaseId, taskId, jobId, codeDigest, inputDigest, outputDigest } = attested(0);
  return {
    'result0.leaseId': leaseId,
    'result0.taskId': taskId,
    'result0.jobId': jobId,
    'result0.codeDigest': codeDigest,
    'result0.inputDigest': inputDigest,
    'result0.outputDigest': outputDigest,
    'result0.bytes': hex(leaves[0] as Uint8Array),
    'result1.bytes': hex(leaves[1] as Uint8Array),
    'result2.bytes': hex(leaves[2] as Uint8Array),
    leaf0: hex(hashes[0] as Uint8Array),
    leaf1: hex(hashes[1] as Uint8Array),
    leaf2: hex(hashes[2] as Uint8Array),
    root1: hex(rootOfHashes(hashes.slice(0, 1))),
    root2: hex(rootOfHashes(hashes.slice(0, 2))),
    root3: hex(root),
    path0of3: inclusionPath(hashes, 0).map(hex).join(' '),
    path2of3: inclusionPath(hashes, 2).map(hex).join(' '),
    'root.empty': hex(rootOfHashes([])),
    'report.bytes': hex(report),
    'report.signature': encodeBase64(sign(key.secretKey, report)),
    'report.empty.signature': encodeBase64(sign(key.secretKey, empty)),
  };
}

const LOG = 'grid.example.org/v1/log';
const logKeyOf = (first: number) => keyPairFromSeed(Uint8Array.from({ length: 32 }, (_, at) => first + at));

function witnessed(): Record<string, string> {
  const [old, next] = [logKeyOf(0x20), logKeyOf(0x40)];
  const signer = { name: LOG, publicKey: old.publicKey, sign: (bytes: Uint8Array) => sign(old.secretKey, bytes) };
  const note = signCheckpoint({ origin: LOG, size: 3, root }, signer);
  const statement = successionBytes({ name: LOG, publicKey: next.publicKey }, 3);
  const body = JSON.stringify({ slotsFree: 1, running: [], checkpoint: { size: '3', root: encodeBase64(root) } });
  return {
    'log.vkey': formatVerifierKey(signer),
    'log.note': note.replaceAll('\n', '\\n'),
    'log.consistency2to3': consistencyPath(hashes, 2).map(hex).join(' '),
    'log.next.vkey': formatVerifierKey({ name: LOG, publicKey: next.publicKey }),
    'log.succession.bytes': hex(statement),
    'log.succession.signature': encodeBase64(sign(old.secretKey, statement)),
    'beat.body': body,
    'beat.signature': signed({ method: 'POST', url: `${origin}/v1/worker/heartbeat`, body: new TextEncoder().encode(body) })
      .headers.signature as string,
  };
}

/** Lines `name = value` of the page's fenced blocks marked `vector`. */
function vectorsOf(page: string): Record<string, string> {
  const blocks = [...page.matchAll(/^```vector\n([\s\S]*?)^```/gm)].map((block) => block[1] as string);
  const lines = blocks.flatMap((block) => block.trim().split('\n'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(' = ')).trim(), line.slice(line.indexOf(' = ') + 3)]),
  );
}

describe('the vectors of the worker protocol', () => {
  it('are on the page as the code makes them', () => {
    expect(vectorsOf(PAGE)).toEqual({ ...registration(), ...requests(), ...attestation(), ...witnessed() });
  });

  it('hold for the coordinator: it accepts the signed requests', async () => {
    const url = new URL(post.url);
    const { headers } = signed(post);
    const check = await verifyRequest(
      { method: 'POST', authority: url.host, path: url.pathname, query: url.search, headers, body: post.body },
      async (keyId) => (keyId === nodeId ? createVerifier(Buffer.from(key.publicKey)) : undefined),
      { nowSeconds: created, skewSeconds: 30 },
    );
    expect(check).toEqual({ state: 'valid', keyId: nodeId });
  });

  it('hold for the tree: each leaf is included, and the report is signed', () => {
    leaves.forEach((leaf, index) => {
      expect(verifyInclusion({ leaf, index, size: leaves.length, path: inclusionPath(hashes, index), root })).toBe(true);
    });
    expect(verify(key.publicKey, report, sign(key.secretKey, report))).toBe(true);
  });
});
