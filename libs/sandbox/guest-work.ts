/** What threads are given and answer, on every host: Node.js's worker threads and a browser's Workers alike. */
import type { CheckResult, Execution, ExecutionResult, HostFailure } from './execution.js';
import type { GuestRunner } from './run-guest.js';

export type Work = { kind: 'run' | 'check'; execution: Execution };

export type Answer = { kind: 'run'; result: ExecutionResult } | { kind: 'check'; result: CheckResult };

export type FromThread =
  | { type: 'ready' }
  /** This host would not end guests as others do: it must not take work. */
  | { type: 'unfit'; reason: string }
  | { type: 'answer'; answer: Answer };

export function answerWork(runner: GuestRunner, { kind, execution }: Work): Answer {
  return kind === 'run' ? { kind, result: runner.run(execution) } : { kind, result: runner.check(execution) };
}

/** The answer to work that this host could not finish. */
export function hostFailed({ kind }: Work, hostFailure: HostFailure, runMs: number): Answer {
  if (kind === 'run') return { kind, result: { hostFailure, runMs } };
  return { kind, result: { ok: false, message: `the module could not be loaded here: ${hostFailure}` } };
}
