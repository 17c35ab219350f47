/**
 * Makes this machine a node, or finds that it is one already.
 * 1. The coordinator says its origin at `/v1/limits`; it must be the one that the volunteer named.
 * 2. With an enrolment token the key is registered, with a proof that we hold it. Repeating is safe: a key that is registered
 *    answers with its node. A used or expired token does not matter to a machine that is a node of this grid already.
 * 3. Without a token the registration that was kept is used.
 */
import { encodeBase64 } from '#libs/signing/binary-text.js';
import { sign } from '#libs/signing/ed25519.js';
import { proofBytes } from '#libs/signing/node-proof.js';
import { Backoff, pause } from './backoff.js';
import { readProblem, reasonOf } from './coordinator-link.js';
import { JoinError } from './join-errors.js';
import { type Membership, readMembership, writeMembership } from './membership.js';
import { makeStateDirectory, type NodeKey, openNodeKey } from './node-key.js';
import { defaultPace } from './pace.js';
import { isSameOrigin, parseUrl } from './same-origin.js';

export interface JoinOptions {
  url: string;
  stateDirectory: string;
  /** A single-use token made by the account's owner. */
  enrolment?: string;
  /** How the node is called in its owner's list. */
  name: string;
  region?: string;
  /** How long a coordinator that does not answer is tried again. */
  patienceMs?: number;
  onWaiting?: (detail: string) => void;
  fetch?: typeof fetch;
  signal?: AbortSignal;
}

export interface JoinedNode extends Membership, NodeKey {
  /** Known only when this start registered. */
  stage?: string;
  /** Said to the volunteer: a token that was not needed, for example. */
  notice?: string;
}

interface Answer {
  status: number;
  text: string;
  date: number;
}

const PATIENCE_MS = 60_000;

export async function joinGrid(options: JoinOptions): Promise<JoinedNode> {
  if (parseUrl(options.url) === undefined) throw new JoinError('no_coordinator', `${options.url} is no http or https URL`);
  await makeStateDirectory(options.stateDirectory);
  const key = await openNodeKey(options.stateDirectory);
  const { origin, clockOffsetMs } = await readOrigin(options);
  const kept = await readMembership(options.stateDirectory);
  if (options.enrolment !== undefined) return register({ options, key, origin, clockOffsetMs, kept });
  if (kept === undefined) throw new JoinError('not_enrolled', NOT_ENROLLED);
  if (!isSameOrigin(kept.origin, origin)) throw new JoinError('other_grid', otherGrid(options.stateDirectory, kept, origin));
  return { ...kept, ...key, origin };
}

const NOT_ENROLLED =
  'This machine is not a node yet. Make a token with `potluck enrol` under your account and start the worker with --enrol TOKEN.';
const otherGrid = (directory: string, kept: Membership, origin: string): string =>
  `${directory} belongs to ${kept.nodeId} of ${kept.origin}, not to ${origin}. Use another --state directory, or enrol with --enrol.`;

async function readOrigin(options: JoinOptions): Promise<{ origin: string; clockOffsetMs: number }> {
  const answer = await callPatiently(options, '/v1/limits', { method: 'GET' });
  const origin = originIn(answer);
  if (origin === undefined)
    throw new JoinError('no_coordinator', `${options.url} is no Potluck coordinator: /v1/limits names no origin`);
  if (!isSameOrigin(options.url, origin)) {
    throw new JoinError(
      'wrong_origin',
      `The coordinator at ${options.url} calls itself ${origin}. Start the worker with --url ${origin}.`,
    );
  }
  const offsetMs = answer.date - Date.now();
  // The proof may be five minutes off; below that our own clock is good enough.
  return { origin, clockOffsetMs: Math.abs(offsetMs) > 60_000 ? offsetMs : 0 };
}

function originIn({ status, text }: Answer): string | undefined {
  if (status !== 200) return undefined;
  try {
    const { origin } = JSON.parse(text) as { origin?: unknown };
    return typeof origin === 'string' ? origin : undefined;
  } catch {
    return undefined;
  }
}

interface Registration {
  options: JoinOptions;
  key: NodeKey;
  origin: string;
  clockOffsetMs: number;
  kept: Membership | undefined;
}

async function register({ options, key, origin, clockOffsetMs, kept }: Registration): Promise<JoinedNode> {
  const { enrolment = '', name, region } = options;
  const publicKey = encodeBase64(key.publicKey);
  const timestamp = new Date(Date.now() + clockOffsetMs).toISOString();
  const proof = encodeBase64(sign(key.secretKey, proofBytes({ origin, subject: enrolment, publicKey, timestamp })));
  const body = JSON.stringify({ name, publicKey, proof, timestamp, enrolment, region });
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  const answer = await callPatiently(options, '/v1/nodes', init);
  if (answer.status !== 200 && answer.status !== 201) {
    const { code, detail } = readProblem(answer.status, new TextEncoder().encode(answer.text));
    if (kept === undefined || !isSameOrigin(kept.origin, origin)) {
      throw new JoinError('refused', `The coordinator refused to register this machine: ${detail}`, code);
    }
    return { ...kept, ...key, origin, notice: `The enrolment token was not accepted (${detail}); going on as ${kept.nodeId}.` };
  }
  const { node } = JSON.parse(answer.text) as { node: { id: string; name?: string; stage?: string } };
  const membership: Membership = { nodeId: node.id, origin, name: node.name ?? name, region };
  await writeMembership(options.stateDirectory, membership);
  return { ...membership, ...key, stage: node.stage };
}

/** Both calls may be repeated freely; a coordinator that starts at the same time as its workers is waited for. */
async function callPatiently(options: JoinOptions, path: string, init: RequestInit): Promise<Answer> {
  const { url, patienceMs = PATIENCE_MS, signal } = options;
  const backoff = new Backoff(defaultPace, Math.random);
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const outcome = await callOnce(options, path, init);
    if ('status' in outcome && outcome.status < 500 && outcome.status !== 429) return outcome;
    const retryInMs = backoff.next();
    if (Date.now() + retryInMs > deadline || signal?.aborted) {
      if ('status' in outcome) return outcome;
      throw new JoinError('unreachable', `Cannot reach ${url}: ${outcome.detail}`);
    }
    options.onWaiting?.('status' in outcome ? `it answers ${outcome.status}` : outcome.detail);
    await pause(retryInMs, signal);
  }
}

async function callOnce(options: JoinOptions, path: string, init: RequestInit): Promise<Answer | { detail: string }> {
  const timeout = AbortSignal.timeout(defaultPace.callTimeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  try {
    const response = await (options.fetch ?? globalThis.fetch)(options.url.replace(/\/+$/, '') + path, { ...init, signal });
    const date = Date.parse(response.headers.get('date') ?? '');
    return { status: response.status, text: await response.text(), date: Number.isNaN(date) ? Date.now() : date };
  } catch (cause) {
    return { detail: timeout.aborted ? 'no answer' : reasonOf(cause) };
  }
}
