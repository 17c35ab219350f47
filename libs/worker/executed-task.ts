import type { FinishedTask } from './lease.js';
import type { ExecutedTask } from './worker-events.js';

/** A finished task as the shell is told of it: its figures, without its bytes. */
export function executedTask({ lease, result }: FinishedTask): ExecutedTask {
  const { leaseId, jobId, functionName, input } = lease;
  const inputBytes = Math.floor((input.replace(/=+$/, '').length * 3) / 4);
  const task = { leaseId, jobId, functionName, inputBytes, runMs: Math.round(result.runMs) };
  if ('hostFailure' in result) return { ...task, outcome: result.hostFailure, hostFailure: true, fuel: '0', outputBytes: 0 };
  return {
    ...task,
    outcome: result.outcome,
    hostFailure: false,
    fuel: result.fuel.toString(),
    outputBytes: result.output.length,
  };
}
