/** Calls of modules for tests: only what matters has to be said. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { ExecutionResult } from '../execution.js';
import { webassemblyRuntimeId } from '../runtime-id.js';
import type { ModuleAbi } from './calling-convention.js';
import type { ModuleExecution } from './run-webassembly.js';

const MIB = 1_048_576;

export interface SampleCall {
  abi?: ModuleAbi;
  input?: string | Uint8Array;
  seed?: string;
  now?: string;
  fuelLimit?: bigint;
  memoryBytes?: number;
  maxOutputBytes?: number;
}

export function sampleCall(code: Uint8Array, sample: SampleCall = {}): ModuleExecution {
  const { input = '', seed = 'seed', now = '2026-01-02T03:04:05.678Z', fuelLimit = 1_000_000_000n } = sample;
  return {
    runtimeId: webassemblyRuntimeId,
    abi: sample.abi ?? 'wasi-command',
    code,
    codeDigest: `sha256:${bytesToHex(sha256(code))}`,
    input: typeof input === 'string' ? new TextEncoder().encode(input) : input,
    contentType: 'application/octet-stream',
    context: { jobId: 'job_1', now, seed, functionName: 'sample', version: '1', fuelLimit: fuelLimit.toString() },
    limits: { fuelLimit, memoryBytes: sample.memoryBytes ?? 64 * MIB, maxOutputBytes: sample.maxOutputBytes ?? MIB },
    wallMs: 20_000,
  };
}

/** What is compared between nodes, and the log, the output as text. Throws where the host failed. */
export function readCall(result: ExecutionResult): { outcome: string; output: string; fuel: bigint; log: string } {
  if ('hostFailure' in result) throw new Error(`the host failed: ${result.hostFailure}`);
  const { outcome, output, fuel, log } = result;
  return { outcome, output: new TextDecoder().decode(output), fuel, log };
}
