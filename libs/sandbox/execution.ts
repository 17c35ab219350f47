/** What goes into the sandbox and what comes out: the words every part of the grid uses for it. */

/** How a guest ended. Every one of these is a result: the same on every honest node, agreed on and paid. */
export type Outcome =
  | 'ok'
  | 'function_error'
  | 'out_of_fuel'
  | 'out_of_memory'
  | 'stack_overflow'
  | 'trap'
  | 'invalid_output'
  | 'output_too_large';

/** The host failed, not the guest. Never a result: neither paid nor billed. */
export type HostFailure = 'host_out_of_memory' | 'host_stack' | 'killed' | 'wall_timeout';

/** How the code is called. This runtime runs `js`. */
export type Abi = 'js' | 'wasi-command' | 'handle';

/** What the guest is told about its call: its second argument. */
export interface GuestContext {
  jobId: string;
  /** The job's creation time, RFC 3339. The guest's clock stands still at it. */
  now: string;
  /** Seeds `Math.random`. */
  seed: string;
  functionName: string;
  version: string;
  /** Decimal text. */
  fuelLimit: string;
}

export interface ExecutionBounds {
  fuelLimit: bigint;
  memoryBytes: number;
  maxOutputBytes: number;
}

export interface Execution {
  runtimeId: string;
  abi: Abi;
  /** UTF-8 source text of one ES module. */
  code: Uint8Array;
  codeDigest: string;
  input: Uint8Array;
  /** `application/json`: the guest gets the parsed value. Anything else: a Uint8Array of the bytes. */
  contentType: string;
  context: GuestContext;
  limits: ExecutionBounds;
  /** The host gives up after this much wall time. */
  wallMs: number;
}

/** A guest that ended. `output` is the result's JSON, or for a failing outcome the canonical `{kind, message}`. */
export interface GuestEnd {
  outcome: Outcome;
  output: Uint8Array;
  fuel: bigint;
  /** The last 4 KiB of what `console` was given. Not compared between nodes. */
  log: string;
  runMs: number;
}

export interface HostEnd {
  hostFailure: HostFailure;
  runMs: number;
}

export type ExecutionResult = GuestEnd | HostEnd;

/** Whether the module loads and exports a handler. */
export type CheckResult = { ok: true } | { ok: false; message: string };
