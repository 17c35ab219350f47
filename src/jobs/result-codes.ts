/**
 * How a task ends, as the small number its row carries. 1–8 are outcomes (a result: agreed on, paid); 11–14 happened to a host
 * only (never pay, never bill); 21 and 22 ended without a word from the guest. Numbers are never used twice.
 */
import type { HostFailure, Outcome } from '#libs/sandbox/execution.js';

const outcomeCodes: Readonly<Record<Outcome, number>> = {
  ok: 1,
  function_error: 2,
  out_of_fuel: 3,
  out_of_memory: 4,
  stack_overflow: 5,
  trap: 6,
  invalid_output: 7,
  output_too_large: 8,
};

const hostFailureCodes: Readonly<Record<HostFailure, number>> = {
  host_out_of_memory: 11,
  host_stack: 12,
  killed: 13,
  wall_timeout: 14,
};

export const EXPIRED = 21;
export const RETURNED = 22;

export type Ending = Outcome | HostFailure | 'expired' | 'returned';

const endingNames = new Map<number, Ending>([
  ...Object.entries(outcomeCodes).map(([name, code]): [number, Ending] => [code, name as Outcome]),
  ...Object.entries(hostFailureCodes).map(([name, code]): [number, Ending] => [code, name as HostFailure]),
  [EXPIRED, 'expired'],
  [RETURNED, 'returned'],
]);

export const outcomeCode = (outcome: Outcome): number => outcomeCodes[outcome];
export const hostFailureCode = (failure: HostFailure): number => hostFailureCodes[failure];
export const isOutcomeName = (name: string): name is Outcome => Object.hasOwn(outcomeCodes, name);
export const isHostFailureName = (name: string): name is HostFailure => Object.hasOwn(hostFailureCodes, name);
/** True of a result: something to agree on. */
export const isOutcomeCode = (code: number): boolean => code <= 8;
export const isHostFailureCode = (code: number): boolean => code >= 11 && code <= 14;

export function endingName(code: number): Ending {
  const name = endingNames.get(code);
  if (name === undefined) throw new RangeError(`no task ends with code ${code}`);
  return name;
}

export const outcomeName = (code: number): Outcome => endingName(code) as Outcome;

export type FinalStatus = 'succeeded' | 'failed' | 'timed_out' | 'cancelled';
const finalStatuses: readonly FinalStatus[] = ['succeeded', 'failed', 'timed_out', 'cancelled'];
export const statusCode = (status: FinalStatus): number => finalStatuses.indexOf(status) + 1;
export function statusName(code: number): FinalStatus {
  const name = finalStatuses[code - 1];
  if (name === undefined) throw new RangeError(`no job has the final status ${code}`);
  return name;
}
