/** The transparency log: public, as C2SP has it. Whoever keeps a checkpoint can later hold the grid to it. */
import type { ConsistencyProof, Cosignature, InclusionProof, PublishedKey, SignedCheckpoint } from './audit-types.js';
import type { Calls } from './calls.js';
import type { CallOptions } from './send-request.js';

export class LogClient {
  constructor(private readonly calls: Calls) {}

  /** The newest checkpoint: a signed note of origin, size and root. */
  async checkpoint(options?: CallOptions): Promise<string> {
    return (await this.calls.send({ method: 'GET', path: '/v1/log/checkpoint', headers: TEXT, ...options })).text();
  }

  /** All checkpoints, newest first. */
  checkpoints(): AsyncGenerator<SignedCheckpoint> {
    return this.calls.list('/v1/log/checkpoints');
  }

  /** 32 bytes for each hash. @param path as of C2SP tlog-tiles: `0/x001/234` or `0/x001/234.p/17` */
  async tile(path: string, options?: CallOptions): Promise<Uint8Array> {
    const response = await this.calls.send({ method: 'GET', path: `/v1/log/tile/${path}`, headers: BYTES, ...options });
    return new Uint8Array(await response.arrayBuffer());
  }

  /** That the log of `size` leaves (default: the newest checkpoint's) has a transfer. */
  inclusionProof(transferId: string, options: CallOptions & { size?: string } = {}): Promise<InclusionProof> {
    const { size, ...call } = options;
    return this.calls.json({ method: 'GET', path: '/v1/log/proofs/inclusion', query: { transfer: transferId, size }, ...call });
  }

  /** That the log of `to` leaves begins with the log of `from`. */
  consistencyProof(sizes: { from: string; to: string }, options?: CallOptions): Promise<ConsistencyProof> {
    return this.calls.json({ method: 'GET', path: '/v1/log/proofs/consistency', query: sizes, ...options });
  }

  async keys(options?: CallOptions): Promise<PublishedKey[]> {
    return (await this.calls.get<{ keys: PublishedKey[] }>('/v1/log/keys', options)).keys;
  }

  /** What volunteers' nodes have seen and signed. */
  cosignatures(): AsyncGenerator<Cosignature> {
    return this.calls.list('/v1/log/cosignatures');
  }
}

const TEXT = { accept: 'text/plain' };
const BYTES = { accept: 'application/octet-stream' };
