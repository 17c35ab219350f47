/** A receipt as a coordinator makes it, and every way to change it. */
import { describe, expect, it } from 'vitest';
import { signCheckpoint } from '#libs/transparency/checkpoint.js';
import { leafBytes } from '#libs/transparency/leaf.js';
import { inclusionPath, leafHash, rootOfHashes } from '#libs/transparency/merkle-tree.js';
import { type AttestedResult, reportBytes, resultBytes } from './attestation.js';
import { encodeBase64 } from './binary-text.js';
import { formatDigest, sha256 } from './digest.js';
import { type KeyPair, keyPairFromSeed, sign } from './ed25519.js';
import { createVerifier } from './ed25519-node.js';
import { encodeId } from './ids.js';
import { type Receipt, type ReceiptAttestation, type ReceiptFields, receiptBytes } from './receipt.js';
import { slashEvidenceHash } from './slash-evidence.js';
import { verifyReceipt } from './verify-receipt.js';

const uuid = (n: number): string => `01940000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const keyOf = (n: number): KeyPair => keyPairFromSeed(sha256(`key ${n}`));
const verify = (publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean =>
  createVerifier(Buffer.from(publicKey))(bytes, signature);

const LOG = 'grid.example.org/v1/log';
const logKey = { name: LOG, publicKey: keyOf(0).publicKey };
const trust = { keys: [logKey], verify };

const fields: ReceiptFields = {
  origin: 'https://grid.example.org',
  jobId: encodeId('job', uuid(16)),
  function: 'primes',
  version: formatDigest(sha256('code')),
  runtimeId: 'js-1-0123456789ab',
  codeDigest: formatDigest(sha256('code')),
  inputDigest: formatDigest(sha256('input')),
  outcome: 'ok',
  outputDigest: formatDigest(sha256('output')),
  fuel: '1250000',
  charged: '13000',
  assurance: 'standard',
  credibility: '0.994117',
  referee: false,
};

/** The node's report has `count` results, of which this job's is the `index`-th. */
function attest(n: number, [index, count]: [number, number], change: Partial<AttestedResult> = {}): ReceiptAttestation {
  const nodeId = encodeId('node', uuid(n));
  const ids = { leaseId: encodeId('lease', uuid(100 + n)), taskId: encodeId('task', uuid(100 + n)) };
  const result = resultBytes({ ...fields, nodeId, ...ids, ...change });
  const hashes = Array.from({ length: count }, (_, at) => (at === index ? leafHash(result) : sha256(`other ${at}`)));
  const reportId = `report-${n}`;
  const signed = reportBytes({ origin: fields.origin, nodeId, reportId, count, root: rootOfHashes(hashes) });
  return {
    nodeId,
    publicKey: encodeBase64(keyOf(n).publicKey),
    reportId,
    result: encodeBase64(result),
    index: String(index),
    count: String(count),
    path: inclusionPath(hashes, index).map(encodeBase64),
    signature: encodeBase64(sign(keyOf(n).secretKey, signed)),
  };
}

interface Shape {
  fields?: Partial<ReceiptFields>;
  attestations?: ReceiptAttestation[];
  kind?: string;
  reference?: string;
  evidenceHash?: Uint8Array;
  ordinal?: string;
  evidence?: Record<string, string>;
}

/** Everything fits: the log, its signature and the evidence are made for this shape. */
function makeReceipt(shape: Shape = {}): Receipt {
  const said = { ...fields, ...shape.fields };
  const leaf = leafBytes({
    id: '1042',
    createdAt: '2026-11-25T12:00:00.000Z',
    kind: shape.kind ?? 'settle',
    reference: shape.reference ?? uuid(16),
    ordinal: shape.ordinal ?? '0',
    reverses: '',
    evidenceHash: shape.evidenceHash ?? (shape.evidence ? slashEvidenceHash(shape.evidence) : sha256(receiptBytes(said))),
    legHashes: [sha256('held'), sha256('available'), sha256('commons')],
  });
  const hashes = Array.from({ length: 13 }, (_, at) => (at === 9 ? leafHash(leaf) : sha256(`entry ${at}`)));
  const signer = { ...logKey, sign: (bytes: Uint8Array) => sign(keyOf(0).secretKey, bytes) };
  const { credibility, referee, ...texts } = said;
  return {
    ...texts,
    verdict: { credibility, referee },
    attestations: shape.attestations ?? [attest(1, [0, 1]), attest(2, [2, 5])],
    ...(shape.evidence ? { evidence: shape.evidence } : {}),
    leaf: encodeBase64(leaf),
    inclusionProof: { index: '9', size: '13', path: inclusionPath(hashes, 9).map(encodeBase64) },
    checkpoint: signCheckpoint({ origin: LOG, size: 13, root: rootOfHashes(hashes) }, signer),
  };
}

/** What seized stake has paid for: the slash says what it is for, and the digest of the job's second receipt. */
function correctionBySlash(): Receipt {
  const corrected: ReceiptFields = { ...fields, referee: true, credibility: '0.999999' };
  const evidence = {
    nodeId: encodeId('node', uuid(3)),
    saidOutcome: 'ok',
    refereeOutcome: 'ok',
    correctedReceipt: formatDigest(sha256(receiptBytes(corrected))),
  };
  return makeReceipt({ kind: 'slash', ordinal: '2', fields: corrected, evidence, attestations: [attest(1, [0, 1])] });
}

const codeOf = (receipt: unknown): string => {
  const verdict = verifyReceipt(receipt, trust);
  return verdict.state === 'refused' ? verdict.code : verdict.state;
};

describe('a receipt', () => {
  it('is valid by itself and the log’s key, and says what was found', () => {
    const verdict = verifyReceipt(makeReceipt(), trust);
    expect(verdict).toMatchObject({ state: 'valid', nodes: [encodeId('node', uuid(1)), encodeId('node', uuid(2))] });
    expect(verdict.checks.map(({ name }) => name)).toEqual(['attestations', 'settlement', 'evidence', 'checkpoint', 'inclusion']);
  });

  it.each([
    ['a settlement', makeReceipt()],
    ['a correction', correctionBySlash()],
  ])('of %s is refused after any one byte is changed', (_, receipt) => {
    const text = Buffer.from(JSON.stringify(receipt));
    expect(codeOf(JSON.parse(text.toString()))).toBe('valid');
    const accepted: string[] = [];
    for (let at = 0; at < text.length; at += 1) {
      for (const flip of [0x01, 0x02, 0x10, 0x20, 0x80]) {
        const changed = Buffer.from(text);
        changed[at] = (changed[at] as number) ^ flip;
        const found = parsed(changed);
        if (found !== undefined && codeOf(found) === 'valid')
          accepted.push(`${at} ^ ${flip}: ${changed.subarray(at - 20, at + 20)}`);
      }
    }
    expect(accepted).toEqual([]);
  });

  it('is refused without any one of its members, and with one more', () => {
    const receipt = makeReceipt();
    for (const member of Object.keys(receipt)) {
      const { [member]: _, ...rest } = receipt as unknown as Record<string, unknown>;
      expect(codeOf(rest)).toBe('receipt_malformed');
    }
    expect(codeOf({ ...receipt, note: 'paid' })).toBe('receipt_malformed');
    for (const value of [null, [], 'receipt', 7, {}]) expect(codeOf(value)).toBe('receipt_malformed');
  });

  it('is refused where a node signed something else, even though the log says the same', () => {
    for (const change of [{ outputDigest: formatDigest(sha256('other')) }, { fuel: '1250001' }, { outcome: 'trap' }])
      expect(codeOf(makeReceipt({ attestations: [attest(1, [0, 1], change)] }))).toBe('attestation_mismatch');
    for (const change of [
      { jobId: encodeId('job', uuid(17)) },
      { inputDigest: formatDigest(sha256('x')) },
      { origin: 'https://elsewhere' },
    ])
      expect(codeOf(makeReceipt({ attestations: [attest(1, [0, 1], change)] }))).toBe('attestation_mismatch');
  });

  it('is refused where a signature is another key’s, or a node stands in it twice', () => {
    const stolen = { ...attest(1, [0, 1]), publicKey: encodeBase64(keyOf(7).publicKey) };
    expect(codeOf(makeReceipt({ attestations: [stolen] }))).toBe('attestation_invalid');
    expect(codeOf(makeReceipt({ attestations: [attest(1, [0, 1]), attest(1, [0, 1])] }))).toBe('attestation_repeated');
  });

  it('needs a node or the referee to vouch for it', () => {
    expect(codeOf(makeReceipt({ attestations: [] }))).toBe('attestation_missing');
    expect(codeOf(makeReceipt({ attestations: [], fields: { referee: true } }))).toBe('valid');
  });

  it('of a job that no host could run needs nobody to sign', () => {
    const nothing = { outcome: 'host_limit', outputDigest: '', fuel: '', credibility: '' };
    expect(codeOf(makeReceipt({ attestations: [], fields: nothing }))).toBe('valid');
  });

  it('of a correction is bound by the compensation, or by the slash that names it', () => {
    const corrected = { referee: true, credibility: '0.999999' };
    expect(codeOf(makeReceipt({ kind: 'compensate', fields: corrected }))).toBe('valid');
    expect(codeOf(correctionBySlash())).toBe('valid');
    const receipt = correctionBySlash();
    const other = { ...receipt.evidence, correctedReceipt: formatDigest(sha256('other')) };
    expect(codeOf(makeReceipt({ kind: 'slash', ordinal: '2', evidence: other, fields: corrected }))).toBe('evidence_mismatch');
    expect(codeOf(makeReceipt({ kind: 'slash', ordinal: '2', fields: corrected }))).toBe('evidence_mismatch');
    expect(codeOf(makeReceipt({ evidence: { ...receipt.evidence } }))).toBe('evidence_mismatch');
    expect(codeOf({ ...receipt, evidence: { 'a\nb': 'c' } })).toBe('receipt_malformed');
  });

  it('is refused where the log’s entry is of another job, kind or content', () => {
    expect(codeOf(makeReceipt({ reference: uuid(17) }))).toBe('leaf_mismatch');
    expect(codeOf(makeReceipt({ kind: 'grant' }))).toBe('leaf_mismatch');
    expect(codeOf(makeReceipt({ evidenceHash: sha256('something') }))).toBe('evidence_mismatch');
    expect(codeOf(makeReceipt({ evidenceHash: new Uint8Array() }))).toBe('evidence_mismatch');
  });

  it('is refused under a key that is not trusted, and by a log of another grid', () => {
    const other = verifyReceipt(makeReceipt(), { keys: [{ name: LOG, publicKey: keyOf(8).publicKey }], verify });
    expect(other).toMatchObject({ state: 'refused', code: 'checkpoint_untrusted' });
    expect(other.checks.map(({ name }) => name)).toEqual(['attestations', 'settlement', 'evidence']);
    expect(codeOf(makeReceipt({ fields: { origin: 'https://elsewhere.example' }, attestations: [] }))).toBe(
      'attestation_missing',
    );
    const elsewhere = { origin: 'https://elsewhere.example', referee: true };
    expect(codeOf(makeReceipt({ fields: elsewhere, attestations: [] }))).toBe('checkpoint_invalid');
  });
});

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
