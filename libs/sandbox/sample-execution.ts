/** Executions for tests: only what matters has to be said. */
import { createHash } from 'node:crypto';
import type { Execution, ExecutionResult, Outcome } from './execution.js';
import { runtimeIdOf } from './runtime-id.js';

const MIB = 1_048_576;

export interface Sample {
  code: string;
  /** A value goes in as JSON, bytes as they are. */
  input?: unknown;
  seed?: string;
  now?: string;
  fuelLimit?: bigint;
  memoryBytes?: number;
  maxOutputBytes?: number;
  wallMs?: number;
}

export function sampleExecution(sample: Sample): Execution {
  const { input = null, seed = 'seed', now = '2026-01-02T03:04:05.678Z', fuelLimit = 1_000_000_000n, wallMs = 20_000 } = sample;
  const isBytes = input instanceof Uint8Array;
  const code = new TextEncoder().encode(sample.code);
  return {
    runtimeId: runtimeIdOf('js'),
    abi: 'js',
    code,
    codeDigest: `sha256:${createHash('sha256').update(code).digest('hex')}`,
    input: isBytes ? input : new TextEncoder().encode(JSON.stringify(input)),
    contentType: isBytes ? 'application/octet-stream' : 'application/json',
    context: { jobId: 'job_1', now, seed, functionName: 'sample', version: '1', fuelLimit: fuelLimit.toString() },
    limits: { fuelLimit, memoryBytes: sample.memoryBytes ?? 64 * MIB, maxOutputBytes: sample.maxOutputBytes ?? MIB },
    wallMs,
  };
}

/** The source of a module whose handler has this body. */
export function handler(body: string): string {
  return `export default function handler(input, context) { ${body} }`;
}

export interface ReadResult {
  outcome: Outcome;
  output: unknown;
  fuel: bigint;
  log: string;
}

/** The result with its output parsed. Throws where the host failed. */
export function readResult(result: ExecutionResult): ReadResult {
  if ('hostFailure' in result) throw new Error(`the host failed: ${result.hostFailure}`);
  const { outcome, output, fuel, log } = result;
  return { outcome, output: JSON.parse(new TextDecoder().decode(output)), fuel, log };
}
