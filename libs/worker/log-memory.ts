/**
 * What a worker remembers of a grid's public log: the keys it trusts and the last checkpoint it has verified. Kept over restarts it
 * makes the worker a witness: whoever holds an old checkpoint detects any later change of history. Where it is kept is the shell's.
 */
export interface SeenCheckpoint {
  /** How many leaves it covers. */
  size: number;
  /** The tree's root, base64 of 32 bytes. */
  root: string;
  /** The signed note (C2SP tlog-checkpoint) that says so. */
  note: string;
}

export interface LogState {
  /** Verifier keys: the first was pinned at first contact or given by the volunteer, each later one was signed by an earlier. */
  keys: string[];
  /** null: none was shown yet. */
  checkpoint: SeenCheckpoint | null;
  /** Set once the log was seen to contradict itself; only a person takes it away. */
  forked?: { at: string; code: ForkCode; detail: string; evidence: string };
}

/**
 * Why a log is not followed any further: `checkpoint_malformed`, what was shown is no checkpoint of this log; `checkpoint_unsigned`,
 * no key that is trusted signed it; `other_root`, one size with two roots; `proof_refused`, no proof for sizes that it must hold;
 * `proof_invalid`, a proof that does not lead from the one to the other.
 */
export type ForkCode = 'checkpoint_malformed' | 'checkpoint_unsigned' | 'other_root' | 'proof_refused' | 'proof_invalid';

/** Two statements that cannot both be true, for anyone to judge. */
export interface ForkEvidence {
  at: string;
  log: string;
  code: ForkCode;
  detail: string;
  trustedKeys: string[];
  /** What this worker had verified before. */
  known: SeenCheckpoint | null;
  /** What it was shown now, as it came. */
  shown: unknown;
  /** The answer to the demand for a proof, where there was one. */
  proof?: unknown;
}

export interface LogMemory {
  /** undefined: this log was never seen. Throws where something is kept that cannot be read: to forget it in silence would be to trust anew. */
  read(log: string): Promise<LogState | undefined>;
  write(log: string, state: LogState): Promise<void>;
  /** Keeps the evidence and says where. */
  keepEvidence(evidence: ForkEvidence): Promise<string>;
}

/** For a shell that keeps nothing: it witnesses for as long as it runs. */
export class ForgetfulLogMemory implements LogMemory {
  private readonly states = new Map<string, LogState>();

  async read(log: string): Promise<LogState | undefined> {
    return this.states.get(log);
  }

  async write(log: string, state: LogState): Promise<void> {
    this.states.set(log, state);
  }

  async keepEvidence(evidence: ForkEvidence): Promise<string> {
    return JSON.stringify(evidence);
  }
}
