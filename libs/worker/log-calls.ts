/**
 * What the witness asks of the log. An answer, no answer (away, overloaded, not sequenced yet) and a refusal are three things: only
 * the last may be a sign that history is not what it was.
 */
import { decodeBinary } from '#libs/signing/binary-text.js';
import type { PublishedLogKey } from '#libs/transparency/key-succession.js';
import type { CoordinatorLink } from './coordinator-link.js';
import { NoAnswer, Refusal } from './link-errors.js';

export interface Unanswered {
  state: 'unanswered';
  detail: string;
}

export interface Refused {
  state: 'refused';
  detail: string;
}

export type KeysAnswer = { state: 'answered'; keys: PublishedLogKey[] } | Unanswered | Refused;
export type ProofAnswer = { state: 'answered'; path: Uint8Array[]; body: unknown } | Unanswered | Refused;

// A proof between trees of 2⁵³ leaves has at most twice 53 hashes.
const MAX_PATH = 128;

export class LogCalls {
  constructor(private readonly options: { link: CoordinatorLink; timeoutMs: number; signal: AbortSignal }) {}

  /** @param forSize makes the address new: a list that a cache kept from before a rotation would look like a fork */
  async keys(forSize: number): Promise<KeysAnswer> {
    const answer = await this.get<{ keys?: unknown }>(`/v1/log/keys?for=${forSize}`);
    if (answer.state !== 'answered') return answer;
    const { keys } = answer.body ?? {};
    if (!Array.isArray(keys)) return { state: 'refused', detail: 'the list of its keys has no keys' };
    return { state: 'answered', keys: keys.filter((key) => typeof key?.vkey === 'string') };
  }

  async consistency(from: number, to: number): Promise<ProofAnswer> {
    // From nothing anything may grow: there is nothing to prove.
    if (from === 0) return { state: 'answered', path: [], body: null };
    const answer = await this.get<{ path?: unknown }>(`/v1/log/proofs/consistency?from=${from}&to=${to}`);
    if (answer.state !== 'answered') return answer;
    const path = pathIn(answer.body?.path);
    return path ? { ...answer, path } : { state: 'refused', detail: 'the answer holds no list of hashes' };
  }

  private async get<T>(path: string): Promise<{ state: 'answered'; body: T | null } | Unanswered | Refused> {
    const { link, timeoutMs, signal } = this.options;
    try {
      return { state: 'answered', body: await link.json<T | null>({ method: 'GET', path, timeoutMs, signal }) };
    } catch (error) {
      if (error instanceof NoAnswer) return { state: 'unanswered', detail: error.message };
      if (!(error instanceof Refusal)) throw error;
      const { status, code, detail, retryable } = error.facts;
      // A refusal without a code of the API is a proxy's; one of credentials is judged by the link.
      const isOfTheLog = !retryable && status !== 401 && !code.startsWith('http_');
      return { state: isOfTheLog ? 'refused' : 'unanswered', detail: `${detail} (${status} ${code})` };
    }
  }
}

function pathIn(path: unknown): Uint8Array[] | undefined {
  if (!Array.isArray(path) || path.length > MAX_PATH) return undefined;
  const hashes = path.map((hash) => (typeof hash === 'string' ? decodeBinary(hash, 32) : undefined));
  return hashes.every((hash): hash is Buffer => hash !== undefined) ? hashes : undefined;
}
