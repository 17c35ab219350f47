/**
 * A public log for the scripted coordinator: an honest one, and every way to cheat with one. Notes, trees and proofs are made by its
 * own code, from RFC 9162 and C2SP's texts, not with libs/transparency.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

const sha256 = (...parts: (Uint8Array | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

interface LogKey {
  vkey: string;
  id: Buffer;
  publicKey: Buffer;
  secret: KeyObject;
}

interface Published {
  vkey: string;
  since: string;
  retiredAt: string | null;
  succession: { signedBy: string; size: string; signature: string } | null;
}

export class ScriptedLog {
  leaves: Buffer[] = [];
  published: Published[] = [];
  /** What a demand for a proof is answered with instead: a problem, or another path. */
  instead: object | undefined;
  private key: LogKey;

  constructor(readonly name: string) {
    this.key = this.makeKey();
    this.published.push({ vkey: this.key.vkey, since: '0', retiredAt: null, succession: null });
  }

  get vkey(): string {
    return this.key.vkey;
  }

  append(...texts: string[]): this {
    this.leaves.push(...texts.map((text) => sha256(Uint8Array.of(0), text)));
    return this;
  }

  /** The same log, as a second copy of its operator's would be: same key, same entries, free to differ from now on. */
  twin(): ScriptedLog {
    const twin = new ScriptedLog(this.name);
    twin.key = this.key;
    twin.leaves = [...this.leaves];
    twin.published = structuredClone(this.published);
    return twin;
  }

  /** Changes an entry that was published. */
  rewrite(index: number, text: string): this {
    this.leaves[index] = sha256(Uint8Array.of(0), text);
    return this;
  }

  /** Another key signs from now on; `announced`: with a statement of the old one. */
  rotate({ announced }: { announced: boolean }): this {
    const [old, next] = [this.key, this.makeKey()];
    const size = String(this.leaves.length);
    const statement = fields('potluck-log-key-v1', this.name, next.publicKey, size);
    const succession = { signedBy: old.vkey, size, signature: sign(null, statement, old.secret).toString('base64') };
    for (const key of this.published) key.retiredAt ??= '1';
    this.published.push({ vkey: next.vkey, since: size, retiredAt: null, succession: announced ? succession : null });
    this.key = next;
    return this;
  }

  /** As a heartbeat is answered. */
  shown(size = this.leaves.length): { size: string; root: string; note: string } {
    const root = treeRoot(this.leaves.slice(0, size)).toString('base64');
    const text = `${this.name}\n${size}\n${root}\n`;
    const signature = Buffer.concat([this.key.id, sign(null, Buffer.from(text), this.key.secret)]).toString('base64');
    return { size: String(size), root, note: `${text}\n— ${this.name} ${signature}\n` };
  }

  consistency(query: URLSearchParams): object {
    if (this.instead !== undefined) return this.instead;
    const [from, to] = [Number(query.get('from')), Number(query.get('to'))];
    if (to > this.leaves.length)
      return { problem: { status: 400, code: 'validation_failed', detail: `the log has ${this.leaves.length} entries` } };
    const path = subproof(from, this.leaves.slice(0, to), true).map((hash) => hash.toString('base64'));
    return { from: String(from), to: String(to), path };
  }

  private makeKey(): LogKey {
    const { publicKey: key, privateKey: secret } = generateKeyPairSync('ed25519');
    const publicKey = key.export({ format: 'der', type: 'spki' }).subarray(-32);
    const encoded = Buffer.concat([Uint8Array.of(1), publicKey]);
    const id = sha256(`${this.name}\n`, encoded).subarray(0, 4);
    return { vkey: `${this.name}+${id.toString('hex')}+${encoded.toString('base64')}`, id, publicKey, secret };
  }
}

function treeRoot(hashes: Buffer[]): Buffer {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return hashes[0] as Buffer;
  const split = splitOf(hashes.length);
  return sha256(Uint8Array.of(1), treeRoot(hashes.slice(0, split)), treeRoot(hashes.slice(split)));
}

/** RFC 9162 §2.1.4.1, as it is written there. */
function subproof(m: number, hashes: Buffer[], whole: boolean): Buffer[] {
  if (m === hashes.length) return whole ? [] : [treeRoot(hashes)];
  const split = splitOf(hashes.length);
  if (m <= split) return [...subproof(m, hashes.slice(0, split), whole), treeRoot(hashes.slice(split))];
  return [...subproof(m - split, hashes.slice(split), false), treeRoot(hashes.slice(0, split))];
}

function splitOf(n: number): number {
  let split = 1;
  while (split * 2 < n) split *= 2;
  return split;
}

function fields(...parts: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part as string);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
