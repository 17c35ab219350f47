/**
 * The RFC 9421 profile of worker calls: ed25519 over @method @authority @path @query and, with a body, content-digest (RFC 9530),
 * with `created`, `keyid`, `tag="potluck-worker-v1"` and an optional `nonce`. Any label. Verification never throws: it answers
 * with a reason that tells a worker's author what to mend.
 */
import { createHash } from 'node:crypto';
import { sign } from './ed25519.js';

export const WORKER_TAG = 'potluck-worker-v1';
const COMPONENTS = ['@method', '@authority', '@path', '@query'] as const;

export interface SignedRequest {
  method: string;
  /** Host header's value, lower case, default port dropped. */
  authority: string;
  path: string;
  /** With its "?"; "?" alone where there is none. */
  query: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body?: Uint8Array | undefined;
}

export type SignatureCheck = { state: 'valid'; keyId: string } | { state: 'refused'; detail: string };

/** Whose key a keyid names; undefined: nobody's. */
export type VerifierOf = (keyId: string) => Promise<((bytes: Uint8Array, signature: Uint8Array) => boolean) | undefined>;

export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

/** The headers that sign a request. `created` in seconds. */
export function signRequest(
  request: { method: string; url: string; body?: Uint8Array | undefined },
  key: { keyId: string; secretKey: Uint8Array; created: number; nonce?: string; signer?: (bytes: Uint8Array) => Uint8Array },
): Record<string, string> {
  const url = new URL(request.url);
  const hasBody = request.body !== undefined && request.body.length > 0;
  const digest = hasBody ? contentDigest(request.body as Uint8Array) : undefined;
  const names = [...COMPONENTS, ...(digest ? ['content-digest'] : [])];
  const nonce = key.nonce === undefined ? '' : `;nonce="${key.nonce}"`;
  const params = `(${names.map((name) => `"${name}"`).join(' ')});created=${key.created};keyid="${key.keyId}"${nonce};alg="ed25519";tag="${WORKER_TAG}"`;
  const base = signatureBase(
    names,
    {
      method: request.method,
      authority: url.host.toLowerCase(),
      path: url.pathname,
      query: url.search || '?',
      digest: digest ?? '',
    },
    params,
  );
  const bytes = new TextEncoder().encode(base);
  const signature = key.signer ? key.signer(bytes) : sign(key.secretKey, bytes);
  return {
    ...(digest ? { 'content-digest': digest } : {}),
    'signature-input': `sig1=${params}`,
    signature: `sig1=:${Buffer.from(signature).toString('base64')}:`,
  };
}

export async function verifyRequest(
  request: SignedRequest,
  verifierOf: VerifierOf,
  options: { nowSeconds: number; skewSeconds: number },
): Promise<SignatureCheck> {
  const inputs = headerText(request.headers['signature-input']);
  const signatures = headerText(request.headers.signature);
  if (!inputs || !signatures) return refuse('the headers Signature-Input and Signature are missing (RFC 9421)');
  const input = parseInput(inputs);
  if (typeof input === 'string') return refuse(input);
  const problem = checkParameters(input, options) ?? checkComponents(input.components, request);
  if (problem) return refuse(problem);
  const signature = signatureOf(signatures, input.label);
  if (!signature) return refuse(`Signature has no 64-byte value under the label ${input.label}`);
  const keyId = input.parameters.get('keyid') ?? '';
  const verifier = await verifierOf(keyId);
  if (!verifier) return refuse(`no node has the id ${keyId.slice(0, 64)}`);
  const base = signatureBase(
    input.components,
    { ...request, digest: headerText(request.headers['content-digest']) ?? '' },
    input.parametersText,
  );
  return verifier(new TextEncoder().encode(base), signature)
    ? { state: 'valid', keyId }
    : refuse('the signature does not fit the request');
}

interface SignatureInput {
  label: string;
  components: string[];
  parameters: Map<string, string>;
  parametersText: string;
}

const INPUT = /^\s*([a-z*][a-z0-9_.*-]*)=(\(((?:"[^"\\]*"(?: +|(?=\))))*)\)((?:;[a-z][a-z0-9_.-]*=(?:"[^"\\]*"|\d+))*))\s*$/;

/** The one member with our tag; other signatures on the request are passed over. */
function parseInput(header: string): SignatureInput | string {
  const members = splitMembers(header).map((member) => INPUT.exec(member));
  const ours = members
    .filter((match): match is RegExpExecArray => match !== null)
    .map((match) => ({ match, parameters: parametersOf(match[4] ?? '') }))
    .filter(({ parameters }) => parameters.get('tag') === WORKER_TAG);
  if (ours.length === 0) return `Signature-Input has no readable member with tag="${WORKER_TAG}"`;
  if (ours.length > 1) return `Signature-Input has more than one member with tag="${WORKER_TAG}"`;
  const [{ match, parameters }] = ours as [(typeof ours)[number]];
  const components = [...(match[3] ?? '').matchAll(/"([^"]*)"/g)].map((found) => found[1] as string);
  return { label: match[1] as string, components, parameters, parametersText: match[2] as string };
}

/** Members of a dictionary: commas outside of quotes divide them. */
function splitMembers(header: string): string[] {
  return header.match(/(?:"[^"]*"|[^,"])+/g) ?? [];
}

function parametersOf(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/;([a-z][a-z0-9_.-]*)=(?:"([^"]*)"|(\d+))/g)].map((found) => [
      found[1] as string,
      found[2] ?? found[3] ?? '',
    ]),
  );
}

function checkParameters(
  { parameters }: SignatureInput,
  options: { nowSeconds: number; skewSeconds: number },
): string | undefined {
  const created = parameters.get('created');
  if (created === undefined || !/^\d{1,12}$/.test(created)) return 'the parameter created (seconds since 1970) is missing';
  const offBy = Math.abs(options.nowSeconds - Number(created));
  if (offBy > options.skewSeconds) {
    return `created is ${Math.round(offBy)} s off this server's clock; at most ${options.skewSeconds} s are accepted (see the Date header)`;
  }
  const alg = parameters.get('alg');
  if (alg !== undefined && alg !== 'ed25519') return 'the parameter alg, where given, must be "ed25519"';
  if (!parameters.get('keyid')) return 'the parameter keyid (the node’s id) is missing';
  const expires = parameters.get('expires');
  if (expires !== undefined && Number(expires) < options.nowSeconds) return 'the signature has expired';
  return undefined;
}

function checkComponents(components: string[], request: SignedRequest): string | undefined {
  const needed: string[] = [...COMPONENTS];
  const hasBody = request.body !== undefined && request.body.length > 0;
  if (hasBody) needed.push('content-digest');
  for (const name of needed) if (!components.includes(name)) return `the signature must cover "${name}"`;
  if (new Set(components).size !== components.length) return 'a component is covered twice';
  for (const name of components) {
    if (!needed.includes(name) && name !== 'content-digest') return `the component "${name}" is not of this profile`;
  }
  if (!components.includes('content-digest')) return undefined;
  const header = headerText(request.headers['content-digest']);
  if (!header) return 'the header Content-Digest is missing';
  const digest = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):/.exec(header)?.[1];
  if (!digest) return 'Content-Digest must carry sha-256=:…: (RFC 9530)';
  const found = createHash('sha256')
    .update(request.body ?? new Uint8Array())
    .digest('base64');
  return found === digest ? undefined : 'Content-Digest does not fit the body';
}

function signatureOf(header: string, label: string): Buffer | undefined {
  for (const member of splitMembers(header)) {
    const match = /^\s*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):\s*$/.exec(member);
    if (match?.[1] !== label) continue;
    const bytes = Buffer.from(match[2] as string, 'base64');
    return bytes.length === 64 ? bytes : undefined;
  }
  return undefined;
}

function signatureBase(
  components: readonly string[],
  values: { method: string; authority: string; path: string; query: string; digest: string },
  params: string,
): string {
  const componentValues: Readonly<Record<string, string>> = {
    '@method': values.method.toUpperCase(),
    '@authority': values.authority,
    '@path': values.path,
    '@query': values.query,
    'content-digest': values.digest.trim(),
  };
  return [...components.map((name) => `"${name}": ${componentValues[name]}`), `"@signature-params": ${params}`].join('\n');
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

function refuse(detail: string): SignatureCheck {
  return { state: 'refused', detail };
}
