/**
 * Functions' code by digest. What comes over the wire is believed only after its digest was computed here, and two tasks of the
 * same version fetch it once. Bounded by bytes, least recently used first out.
 */
import { formatDigest, sha256 } from '#libs/signing/digest.js';

export class CodeMismatch extends Error {
  constructor(readonly codeDigest: string) {
    super(`The coordinator sent code that is not ${codeDigest}`);
    this.name = 'CodeMismatch';
  }
}

const CACHE_BYTES = 64 * 1_048_576;

export class CodeCache {
  private readonly kept = new Map<string, Uint8Array>();
  private readonly underway = new Map<string, Promise<Uint8Array>>();
  private keptBytes = 0;

  constructor(
    private readonly fetchCode: (digest: string) => Promise<Uint8Array>,
    private readonly maxBytes = CACHE_BYTES,
  ) {}

  async get(digest: string): Promise<Uint8Array> {
    const code = this.kept.get(digest);
    if (code === undefined) return this.fetchOnce(digest);
    this.kept.delete(digest);
    this.kept.set(digest, code);
    return code;
  }

  private fetchOnce(digest: string): Promise<Uint8Array> {
    const started = this.underway.get(digest);
    if (started !== undefined) return started;
    const fetching = this.fetchChecked(digest).finally(() => this.underway.delete(digest));
    this.underway.set(digest, fetching);
    return fetching;
  }

  private async fetchChecked(digest: string): Promise<Uint8Array> {
    const code = await this.fetchCode(digest);
    if (formatDigest(sha256(code)) !== digest) throw new CodeMismatch(digest);
    this.keep(digest, code);
    return code;
  }

  private keep(digest: string, code: Uint8Array): void {
    this.kept.set(digest, code);
    this.keptBytes += code.length;
    for (const [oldest, bytes] of this.kept) {
      if (this.keptBytes <= this.maxBytes || oldest === digest) return;
      this.kept.delete(oldest);
      this.keptBytes -= bytes.length;
    }
  }
}
