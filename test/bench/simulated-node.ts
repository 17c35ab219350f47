/** A node that answers at once, with real signatures and attestations: the coordinator's work is measured, not a sandbox. */

import { createHash, randomUUID } from 'node:crypto';
import { runtimeIds } from '#libs/sandbox/runtime-id.js';
import { generateKeyPair, sign } from '#libs/signing/ed25519.js';
import { createSigner } from '#libs/signing/ed25519-node.js';
import { signRequest } from '#libs/signing/http-signature.js';
import { proofBytes } from '#libs/signing/node-proof.js';
import type { FinishedTask, Lease } from '#libs/worker/lease.js';
import { signReport } from '#libs/worker/report.js';
import { call, callJson } from './http-client.js';

const OUTPUT = new TextEncoder().encode('42');
const OUTPUT_DIGEST = `sha256:${createHash('sha256').update(OUTPUT).digest('hex')}`;

export class SimulatedNode {
  private constructor(
    private readonly url: string,
    readonly nodeId: string,
    private readonly secretKey: Uint8Array,
    private readonly sign: (bytes: Uint8Array) => Uint8Array,
  ) {}

  static async register(url: string, apiKey: string, name: string): Promise<SimulatedNode> {
    const { publicKey, secretKey } = generateKeyPair();
    const authorization = `Bearer ${apiKey}`;
    const { token } = await callJson<{ token: string }>('POST', `${url}/v1/node-enrolments`, undefined, {
      authorization,
      'idempotency-key': randomUUID(),
    });
    const publicText = Buffer.from(publicKey).toString('base64');
    const timestamp = new Date().toISOString();
    const proof = Buffer.from(
      sign(secretKey, proofBytes({ origin: url, subject: token, publicKey: publicText, timestamp })),
    ).toString('base64');
    const body = { name, publicKey: publicText, proof, timestamp, enrolment: token };
    const { node } = await callJson<{ node: { id: string } }>('POST', `${url}/v1/nodes`, body);
    return new SimulatedNode(url, node.id, secretKey, createSigner(secretKey));
  }

  /** One poll and one report; how many results were recorded. */
  async serveOnce(slots: number, waitSeconds: number): Promise<number> {
    const poll = { requestId: randomUUID(), have: [], slots, threads: 64, runtimes: runtimeIds };
    const { leases } = await this.signed<{ leases: Lease[] }>(`/v1/worker/leases?wait=${waitSeconds}`, poll);
    if (leases.length === 0) return 0;
    const tasks = leases.map(
      (lease): FinishedTask => ({
        lease,
        result: { outcome: 'ok', output: OUTPUT, fuel: 10_000n, log: '', runMs: 0 },
        outputDigest: OUTPUT_DIGEST,
      }),
    );
    const report = signReport(randomUUID(), tasks, {
      origin: this.url,
      nodeId: this.nodeId,
      secretKey: this.secretKey,
      sign: this.sign,
    });
    const { results } = await this.signed<{ results: { status: string; code?: string }[] }>('/v1/worker/results', report);
    const wrong = results.find(({ status }) => status !== 'recorded');
    if (wrong) throw new Error(`a result was ${wrong.status} ${wrong.code ?? ''}`);
    return results.length;
  }

  private async signed<T>(path: string, body: unknown): Promise<T> {
    const text = JSON.stringify(body);
    const url = this.url + path;
    const created = Math.floor(Date.now() / 1_000);
    const headers = signRequest(
      { method: 'POST', url, body: Buffer.from(text) },
      { keyId: this.nodeId, secretKey: this.secretKey, created, signer: this.sign },
    );
    const answer = await call('POST', url, text, { ...headers, 'worker-protocol': '1' });
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.body.slice(0, 300)}`);
    return JSON.parse(answer.body) as T;
  }
}
