/** What agent, child process and threads say to each other. */
import type { CheckResult, Execution, ExecutionResult } from '../execution.js';

export type Work = { kind: 'run' | 'check'; execution: Execution };

export type Answer = { kind: 'run'; result: ExecutionResult } | { kind: 'check'; result: CheckResult };

export type ToChild =
  | { type: 'start'; threads: number; memoryBytes: number; engine: Uint8Array }
  | { type: 'work'; id: number; work: Work };

export type FromChild = { type: 'ready'; layers: string[] } | { type: 'answer'; id: number; answer: Answer };

export type FromThread = { type: 'ready' } | { type: 'answer'; answer: Answer };

/** The answer to work that this host could not finish. */
export function hostFailed({ kind }: Work, hostFailure: 'host_out_of_memory' | 'killed' | 'wall_timeout', runMs: number): Answer {
  if (kind === 'run') return { kind, result: { hostFailure, runMs } };
  return { kind, result: { ok: false, message: `the module could not be loaded here: ${hostFailure}` } };
}
