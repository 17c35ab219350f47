/** Everything a worker tells its shell, one object per happening; `type` tells them apart. The shell prints, counts or ignores them. */
import type { Acknowledgement } from './report.js';

export type StopReason = 'asked' | 'protocol_too_old' | 'unauthorized' | 'log_forked';

export type WorkerEvent =
  | { type: 'started'; nodeId: string; origin: string; threads: number; runtimes: readonly string[] }
  | { type: 'leased'; leaseId: string; jobId: string; functionName: string; leaseMs: number }
  /** The lease is given back: it cannot be run, or not in time. */
  | { type: 'given_back'; leaseId: string; jobId: string; reason: string }
  | ({ type: 'executed' } & ExecutedTask)
  | { type: 'acknowledged'; reportId: string; tasks: (Acknowledgement & ExecutedTask)[] }
  | { type: 'cancelled'; leaseIds: string[] }
  | { type: 'idle'; reason: string; words?: string }
  /** The coordinator's own words, and the stage of this node when it says so. */
  | { type: 'message'; text: string }
  | { type: 'stage'; stage: string }
  | { type: 'offline'; detail: string }
  | { type: 'online'; awayMs: number }
  | { type: 'refused'; call: string; status: number; code: string; detail: string; retryInMs?: number }
  | { type: 'clock_corrected'; offsetMs: number }
  /** A key of the grid's public log is trusted from now on. */
  | { type: 'log_key'; log: string; vkey: string; how: 'first_contact' | 'given' | 'succession' }
  /** A checkpoint was verified: the log has grown out of what this worker knew. */
  | { type: 'checkpoint'; log: string; size: number }
  /** For some beats the log has proven nothing. */
  | { type: 'log_unproven'; log: string; detail: string }
  | { type: 'log_forked'; log: string; detail: string; evidence: string }
  | { type: 'stopping'; unfinished: number; undelivered: number }
  | { type: 'stopped'; reason: StopReason; detail?: string; returned: number; undelivered: number };

export interface ExecutedTask {
  leaseId: string;
  jobId: string;
  functionName: string;
  /** An outcome, or the host failure's name. */
  outcome: string;
  hostFailure: boolean;
  fuel: string;
  inputBytes: number;
  outputBytes: number;
  runMs: number;
}

export type OnWorkerEvent = (event: WorkerEvent) => void;
