/**
 * The worker as a witness of the grid's public log. It follows the log from checkpoint to checkpoint and accepts a next one only with
 *   1. a signature by a key that it trusts: pinned at first contact, given by the volunteer, or signed by an earlier one of these;
 *   2. a proof that the tree grew out of the last one it verified (RFC 9162 §2.1.4).
 * What contradicts what it knows is a fork: both statements are kept as evidence, and it serves this grid no more, also after a restart.
 * A coordinator that is away or has no proof yet is no fork, but no news either: the old checkpoint stays and is what it says back.
 * It does not see a log that shows others something else; what many workers say back, side by side, shows that.
 */
import { verify } from '#libs/signing/ed25519.js';
import { readCheckpoint } from '#libs/transparency/checkpoint.js';
import { verifyConsistency } from '#libs/transparency/consistency-proof.js';
import { followSuccession, type PublishedLogKey } from '#libs/transparency/key-succession.js';
import { logNameOf } from '#libs/transparency/log-name.js';
import { formatVerifierKey, parseVerifierKey, type VerifierKey } from '#libs/transparency/verifier-key.js';
import { FatalRefusal } from './link-errors.js';
import type { LogCalls, Unanswered } from './log-calls.js';
import type { ForkCode, LogMemory, LogState, SeenCheckpoint } from './log-memory.js';
import { readShown } from './shown-checkpoint.js';
import type { OnWorkerEvent } from './worker-events.js';

export interface WitnessOptions {
  calls: LogCalls;
  /** What the coordinator calls itself: its log is named after it. */
  origin: string;
  memory: LogMemory;
  /** A verifier key that the volunteer trusts: instead of whatever the first contact shows. */
  trustedKey?: string;
  onEvent: OnWorkerEvent;
  now: () => number;
}

type Judgement =
  | { state: 'followed'; checkpoint: SeenCheckpoint; keys: VerifierKey[] }
  /** Nothing speaks against it, nothing was learnt. */
  | { state: 'no_news' }
  | Unanswered
  | { state: 'forked'; code: ForkCode; detail: string; proof?: unknown };

// Single missing proofs are everyday (a restart, a slow replica); a log that proves nothing for so many beats is worth a word.
const UNPROVEN_UNTIL_TOLD = 3;

export class Witness {
  private readonly log: string;
  private state: LogState | undefined;
  private unprovenInRow = 0;

  constructor(private readonly options: WitnessOptions) {
    this.log = logNameOf(options.origin);
  }

  /** The checkpoint to say back: the last that was verified. */
  get seen(): { size: string; root: string } | undefined {
    const checkpoint = this.state?.checkpoint;
    return checkpoint ? { size: String(checkpoint.size), root: checkpoint.root } : undefined;
  }

  /** Reads what earlier runs have seen. @throws FatalRefusal where they saw a fork */
  async open(): Promise<void> {
    const { memory, trustedKey } = this.options;
    const kept = await memory.read(this.log);
    if (kept?.forked) {
      const { at, detail, evidence } = kept.forked;
      this.options.onEvent({ type: 'log_forked', log: this.log, detail, evidence });
      throw new FatalRefusal('log_forked', `since ${at}: ${detail}; the evidence is in ${evidence}`);
    }
    this.state = kept;
    if (trustedKey !== undefined && !kept?.keys.includes(trustedKey)) {
      await this.keep({ keys: [trustedKey], checkpoint: kept?.checkpoint ?? null });
      this.options.onEvent({ type: 'log_key', log: this.log, vkey: trustedKey, how: 'given' });
    }
  }

  /** Judges what a heartbeat was answered with. @throws FatalRefusal at a fork */
  async look(shown: unknown): Promise<void> {
    // A grid without a log, or one that says nothing of it this time.
    if (shown === null || shown === undefined) return;
    const judgement = await this.judge(shown);
    if (judgement.state === 'unanswered') return this.unproven(judgement.detail);
    this.unprovenInRow = 0;
    if (judgement.state === 'forked') return this.refuse(judgement, shown);
    if (judgement.state === 'no_news') return;
    const { checkpoint, keys } = judgement;
    await this.keep({ keys: keys.map(formatVerifierKey), checkpoint });
    this.options.onEvent({ type: 'checkpoint', log: this.log, size: checkpoint.size });
  }

  private async judge(shown: unknown): Promise<Judgement> {
    const next = readShown(shown);
    if (next === undefined) return forked('checkpoint_malformed', 'the coordinator shows something that is no checkpoint');
    const known = this.state?.checkpoint;
    if (known?.note === next.note && known.size === next.size && known.root === next.root) return { state: 'no_news' };
    const signed = await this.checkSignature(next);
    if (signed.state !== 'signed') return signed;
    const grown = known ? await this.checkGrowth(known, next) : undefined;
    // A replica that lags shows a smaller tree; that it is a prefix of ours was proven just now.
    if (grown === undefined && known && next.size < known.size) return { state: 'no_news' };
    return grown ?? { state: 'followed', checkpoint: next, keys: signed.keys };
  }

  private async checkSignature(next: SeenCheckpoint): Promise<Judgement | { state: 'signed'; keys: VerifierKey[] }> {
    let keys = (this.state?.keys ?? []).flatMap(keyIn);
    let reading = readCheckpoint(next.note, { keys, verify });
    if (reading.state === 'refused' && reading.code === 'unknown_key') {
      const answer = await this.options.calls.keys(next.size);
      if (answer.state !== 'answered')
        return answer.state === 'unanswered' ? answer : forked('checkpoint_unsigned', answer.detail);
      keys = this.extended(keys, answer.keys);
      reading = readCheckpoint(next.note, { keys, verify });
    }
    if (reading.state === 'refused') {
      const code = reading.code === 'malformed' || reading.code === 'too_large' ? 'checkpoint_malformed' : 'checkpoint_unsigned';
      return forked(code, `the checkpoint of size ${next.size} is not good: ${reading.detail}`);
    }
    const { origin, size, root } = reading.checkpoint;
    if (origin !== this.log) return forked('checkpoint_malformed', `the checkpoint is of the log ${origin}, not of ${this.log}`);
    if (size === next.size && toBase64(root) === next.root) return { state: 'signed', keys };
    return forked('checkpoint_malformed', 'the size and root beside the note are not the ones that it signs');
  }

  /** The keys that may sign now: at first contact those in use, later those that the trusted ones have signed. */
  private extended(trusted: VerifierKey[], published: PublishedKey[]): VerifierKey[] {
    const followed = followSuccession(trusted, published, verify);
    const added =
      trusted.length > 0 ? followed.slice(trusted.length) : published.filter(isInUse).flatMap(({ vkey }) => keyIn(vkey));
    const how = trusted.length > 0 ? 'succession' : 'first_contact';
    for (const key of added) this.options.onEvent({ type: 'log_key', log: this.log, vkey: formatVerifierKey(key), how });
    return [...trusted, ...added];
  }

  /** undefined: the smaller tree is a prefix of the larger one. */
  private async checkGrowth(known: SeenCheckpoint, next: SeenCheckpoint): Promise<Judgement | undefined> {
    if (known.size === next.size) {
      if (known.root === next.root) return undefined;
      return forked('other_root', `the log has two roots for its first ${known.size} entries`);
    }
    const [from, to] = known.size < next.size ? [known, next] : [next, known];
    const sizes = `from size ${from.size} to ${to.size}`;
    const answer = await this.options.calls.consistency(from.size, to.size);
    if (answer.state === 'unanswered') return answer;
    if (answer.state === 'refused') return forked('proof_refused', `a proof ${sizes} is refused: ${answer.detail}`);
    const roots = { fromRoot: fromBase64(from.root), toRoot: fromBase64(to.root) };
    if (verifyConsistency({ fromSize: from.size, toSize: to.size, ...roots, path: answer.path })) return undefined;
    return forked('proof_invalid', `the proof ${sizes} does not hold: entries were changed`, answer.body);
  }

  private async refuse({ code, detail, proof }: Extract<Judgement, { state: 'forked' }>, shown: unknown): Promise<never> {
    const at = new Date(this.options.now()).toISOString();
    const { keys, checkpoint } = this.state ?? { keys: [], checkpoint: null };
    const found = { at, log: this.log, code, detail, trustedKeys: keys, known: checkpoint, shown };
    const evidence = await this.options.memory.keepEvidence(proof === undefined ? found : { ...found, proof });
    await this.keep({ keys, checkpoint, forked: { at, code, detail, evidence } });
    this.options.onEvent({ type: 'log_forked', log: this.log, detail, evidence });
    throw new FatalRefusal('log_forked', `${detail}; the evidence is in ${evidence}`);
  }

  private unproven(detail: string): void {
    this.unprovenInRow += 1;
    if (this.unprovenInRow === UNPROVEN_UNTIL_TOLD) this.options.onEvent({ type: 'log_unproven', log: this.log, detail });
  }

  private async keep(state: LogState): Promise<void> {
    await this.options.memory.write(this.log, state);
    this.state = state;
  }
}

interface PublishedKey extends PublishedLogKey {
  retiredAt?: string | null;
}

const forked = (code: ForkCode, detail: string, proof?: unknown): Judgement => ({ state: 'forked', code, detail, proof });
const isInUse = ({ retiredAt }: PublishedKey): boolean => retiredAt === null || retiredAt === undefined;
const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const fromBase64 = (text: string): Uint8Array => Buffer.from(text, 'base64');

function keyIn(vkey: string): VerifierKey[] {
  const reading = parseVerifierKey(vkey);
  return reading.state === 'valid' ? [reading.key] : [];
}
