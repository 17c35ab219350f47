/**
 * From a lease to a finished task: checks that input and code are the ones the lease names, runs the guest, names the output's
 * digest. What the coordinator sent wrongly is given back, never signed for. A sandbox that breaks is a host failure, not a result.
 */
import { productionPolicy } from '#libs/policy/policy.js';
import type { Execution, ExecutionResult } from '#libs/sandbox/execution.js';
import { wallLimitMs } from '#libs/sandbox/wall-limit.js';
import { decodeBase64 } from '#libs/signing/binary-text.js';
import { formatDigest, sha256 } from '#libs/signing/digest.js';
import type { Execute, FinishedTask, Lease } from './lease.js';

export type LeaseEnding = { state: 'finished'; task: FinishedTask } | { state: 'unusable'; reason: string };

export interface LeaseWork {
  lease: Lease;
  /** Time the lease has been held already: the guest may use what is left. */
  heldMs: number;
  code: (digest: string) => Promise<Uint8Array>;
  execute: Execute;
}

export async function executeLease({ lease, heldMs, code, execute }: LeaseWork): Promise<LeaseEnding> {
  const input = decodeBase64(lease.input);
  if (input === undefined || formatDigest(sha256(input)) !== lease.inputDigest) {
    return { state: 'unusable', reason: `the input is not ${lease.inputDigest}` };
  }
  let codeBytes: Uint8Array;
  try {
    codeBytes = await code(lease.codeDigest);
  } catch (error) {
    return { state: 'unusable', reason: `no code: ${error instanceof Error ? error.message : error}` };
  }
  const wallMs = wallLimitMs({
    fuelLimit: BigInt(lease.fuelLimit),
    fuelPerSecond: productionPolicy.scheduling.fuelPerSecond,
    atMostMs: lease.leaseMs - heldMs,
  });
  const execution = executionOf(lease, { input, code: codeBytes, wallMs });
  const result = await runGuest(execute, execution, lease);
  if ('hostFailure' in result) return { state: 'finished', task: { lease, result } };
  return { state: 'finished', task: { lease, result, outputDigest: formatDigest(sha256(result.output)) } };
}

async function runGuest(execute: Execute, execution: Execution, lease: Lease): Promise<ExecutionResult> {
  const startedAt = performance.now();
  try {
    return await execute(execution, lease);
  } catch {
    return { hostFailure: 'killed', runMs: Math.round(performance.now() - startedAt) };
  }
}

function executionOf(lease: Lease, given: Pick<Execution, 'input' | 'code' | 'wallMs'>): Execution {
  const { runtimeId, abi, codeDigest, contentType, jobId, now, seed, functionName, version, fuelLimit } = lease;
  return {
    ...given,
    runtimeId,
    abi,
    codeDigest,
    contentType,
    context: { jobId, now, seed, functionName, version, fuelLimit },
    limits: { fuelLimit: BigInt(fuelLimit), memoryBytes: lease.memoryBytes, maxOutputBytes: lease.maxOutputBytes },
  };
}
