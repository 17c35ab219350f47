/** A lease as the coordinator hands it out: everything the worker needs to run one task, and the token that fences its result. */
import type { Abi, Execution, ExecutionResult } from '#libs/sandbox/execution.js';

export interface Lease {
  leaseId: string;
  /** Opaque; a result counts only while the coordinator's lease still carries it. */
  token: string;
  taskId: string;
  jobId: string;
  functionName: string;
  version: string;
  codeDigest: string;
  runtimeId: string;
  abi: Abi;
  inputDigest: string;
  /** Base64. */
  input: string;
  contentType: string;
  /** The guest's clock. */
  now: string;
  /** The guest's randomness. */
  seed: string;
  /** Decimal text. */
  fuelLimit: string;
  memoryBytes: number;
  maxOutputBytes: number;
  /** A length, not a time: no two clocks are ever compared. */
  leaseMs: number;
}

/** Runs one guest. The volunteer's program gives the sandbox's executor here; another program may give its own. */
export type Execute = (execution: Execution, lease: Lease) => Promise<ExecutionResult>;

/** What a task came to, with its lease: ready to be signed and delivered. */
export interface FinishedTask {
  lease: Lease;
  result: ExecutionResult;
  /** `sha256:…` of the output; absent for a host failure. */
  outputDigest?: string;
}
