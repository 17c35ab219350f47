/**
 * The shapes of the `/v1` API as a client sees them, by the names of the contract.
 * Credits, prices and fuel are decimal strings (micro-credits, fuel units); times are RFC 3339 UTC; ids are TypeIDs;
 * digests are `sha256:<hex>`. A field that the coordinator adds later is no breaking change: readers ignore what they do not know.
 */

/** Integer micro-credits as a decimal string: `"1250000"` is 1.25 CR. */
export type MicroCredits = string;
/** Integer fuel units as a decimal string. */
export type Fuel = string;
/** RFC 3339 UTC with milliseconds. */
export type Timestamp = string;
/** `sha256:` and 64 hexadecimal digits. */
export type Digest = string;

export type Scope =
  | 'functions:read'
  | 'functions:write'
  | 'functions:invoke'
  | 'jobs:read'
  | 'jobs:write'
  | 'nodes:read'
  | 'nodes:write'
  | 'nodes:enrol'
  | 'ledger:read'
  | 'ledger:audit'
  | 'webhooks:write'
  | 'admin';

/** The body of every refusal (RFC 9457, `application/problem+json`). */
export interface Problem {
  type?: string;
  title: string;
  status: number;
  detail?: string;
  instance?: string;
  /** Stable, snake_case: what programs decide by. */
  code: string;
  /** True when the same request may succeed later, unchanged. */
  retryable: boolean;
  errors?: FieldError[];
  [extension: string]: unknown;
}

export interface FieldError {
  /** JSON pointer into the body. */
  pointer?: string;
  /** Name of a query or path parameter or of a header. */
  parameter?: string;
  detail: string;
}

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

export interface Account {
  id: string;
  name: string;
  email?: string | null;
  role: 'member' | 'auditor' | 'operator';
  donatePercent?: number;
  createdAt: Timestamp;
}

export interface CreateAccountBody {
  name: string;
  email?: string;
  invite?: string;
}

/** `secret` is shown once: a replay of the same request answers `null` with `secretShown: true`. */
export interface IssuedApiKey {
  id: string;
  secret: string | null;
  secretShown?: boolean;
  scopes: Scope[];
}

export interface CreatedAccount {
  account: Account;
  apiKey: IssuedApiKey;
}

export interface ApiKey {
  id: string;
  name?: string | null;
  prefix?: string;
  scopes: Scope[];
  expiresAt?: Timestamp | null;
  revokedAt?: Timestamp | null;
  createdAt: Timestamp;
}

export interface CreateApiKeyBody {
  name?: string;
  scopes?: Scope[];
  expiresAt?: Timestamp;
  /** Most micro-credits this key may spend a day. */
  dailySpendCap?: MicroCredits;
  allowedOrigins?: string[];
}

export interface FunctionLimits {
  fuelLimit?: Fuel | null;
  memoryBytes?: number;
  maxOutputBytes?: number;
}

/** Code is readable by the strangers who run it: put no secrets into it. */
export interface DeployBody {
  name: string;
  runtime: 'js' | 'wasm';
  /** JavaScript: one module with a default export. */
  source?: string;
  /** WebAssembly: the module's bytes in base64. */
  module?: string;
  abi?: 'wasi-command' | 'handle';
  description?: string;
  sampleInput?: unknown;
  limits?: FunctionLimits;
}

export interface DeployedVersion {
  id?: string;
  /** The function's name. */
  name?: string;
  function?: string;
  /** The version's name: the digest of its code. */
  version?: Digest;
  codeDigest?: Digest;
  runtimeId?: string;
  createdAt?: Timestamp;
  [field: string]: unknown;
}

export interface DeployedFunction {
  id?: string;
  name: string;
  description?: string | null;
  current?: Digest;
  createdAt: Timestamp;
  [field: string]: unknown;
}

export interface EstimateBody {
  /** Any JSON value, or bytes. */
  input: unknown;
  assurance?: Assurance;
  version?: Digest;
  fuelLimit?: Fuel;
}

export interface Estimate {
  /** `ok`, or how a job with this input would fail. */
  outcome: string;
  fuel: Fuel;
  outputBytes: number;
  /** The unit price of such a job. */
  unit: MicroCredits;
  /** What it would be charged. */
  charge: MicroCredits;
  /** What would be reserved while it is open. */
  hold: MicroCredits;
  /** How often a job of this assurance is executed on average. */
  executions: number;
}

export type AssuranceName = 'fast' | 'standard' | 'high' | 'strict';
/** A word, or the wanted probability of a right answer. */
export type Assurance = AssuranceName | number;

export interface Placement {
  regions?: string[];
  near?: string;
  /** Only the submitter's own nodes: free, and without anyone else's word for the answer. */
  ownNodesOnly?: boolean;
}

export interface JobOptions {
  version?: Digest;
  assurance?: Assurance;
  placement?: Placement;
  fuelLimit?: Fuel;
  maxCharge?: MicroCredits;
  deadlineMs?: number;
}

export interface SubmitJobBody extends JobOptions {
  function: string;
  input: unknown;
}

export type OpenStatus = 'queued' | 'running' | 'verifying';
export type FinalStatus = 'succeeded' | 'failed' | 'timed_out' | 'cancelled';
export type JobStatus = OpenStatus | FinalStatus;

export interface JobError {
  kind: string;
  message: string;
}

export interface Job {
  id: string;
  function: string;
  version: Digest;
  codeDigest: Digest;
  runtimeId: string;
  status: JobStatus;
  input?: unknown;
  output?: unknown;
  /** Instead of `output`: bytes that a WebAssembly module wrote. */
  outputBase64?: string;
  error?: JobError | null;
  fuel?: Fuel | null;
  unit?: MicroCredits | null;
  charged?: MicroCredits | null;
  hold: MicroCredits;
  assurance: Assurance;
  credibility?: number | null;
  executions: number;
  selfExecuted: boolean;
  batchId?: string | null;
  createdAt: Timestamp;
  startedAt?: Timestamp | null;
  finishedAt?: Timestamp | null;
  deadlineAt: Timestamp;
  invalidatedAt?: Timestamp | null;
  correctedOutput?: unknown;
  correctedOutputBase64?: string;
  queue?: { position: number; etaMs: number | null } | null;
  timings?: { queuedMs: number | null; runMs: number | null; verifyMs: number | null };
}

export interface JobFilter {
  status?: JobStatus;
  function?: string;
  batchId?: string;
  createdFrom?: Timestamp;
  createdTo?: Timestamp;
}

/** Who ran a job and what came of it; readable after settlement. */
export interface JobTask {
  taskId: string;
  nodeId?: string | null;
  nodeName?: string | null;
  referee?: boolean;
  outcome: string;
  outputDigest?: Digest | null;
  fuel?: Fuel | null;
  runMs?: number | null;
  verdict?: string | null;
  [field: string]: unknown;
}

/** The portable proof of a job, checked offline by `potluck receipt verify`; all bytes are base64. */
export interface Receipt {
  origin: string;
  jobId: string;
  function: string;
  version: Digest;
  runtimeId: string;
  codeDigest: Digest;
  inputDigest: Digest;
  outcome: string;
  outputDigest: Digest;
  fuel: Fuel;
  charged: MicroCredits;
  assurance: string;
  verdict: { credibility: string; referee: boolean };
  attestations: {
    nodeId: string;
    publicKey: string;
    reportId: string;
    result: string;
    index: string;
    count: string;
    path: string[];
    signature: string;
  }[];
  evidence?: Record<string, string>;
  leaf: string;
  inclusionProof: { index: string; size: string; path: string[] };
  checkpoint: string;
}

export interface SubmitBatchBody extends JobOptions {
  function: string;
  inputs: unknown[];
}

export interface Batch {
  id: string;
  function: string;
  counts: Record<string, number>;
  createdAt: Timestamp;
  [field: string]: unknown;
}

export interface BatchResult {
  index?: number;
  jobId: string;
  status: JobStatus;
  output?: unknown;
  outputBase64?: string;
  error?: JobError | null;
  [field: string]: unknown;
}

export interface Balances {
  available: MicroCredits;
  held: MicroCredits;
  stake: MicroCredits;
  [field: string]: unknown;
}

export interface LedgerEntry {
  id?: string;
  transferId: string;
  kind: string;
  code: string;
  amount: MicroCredits;
  balance: MicroCredits;
  createdAt: Timestamp;
  [field: string]: unknown;
}

/** The legs sum to zero. `accountId` only where the caller may know it: its own legs, or all for an auditor. */
export interface LedgerTransfer {
  id: string;
  kind: string;
  /** What it is about: a job, a batch or an account, as a UUID. */
  reference: string;
  createdAt: Timestamp;
  memo?: string;
  /** For a slash: the evidence. */
  meta?: Record<string, unknown>;
  evidenceHash?: Digest;
  entries: { code: string; accountId?: string; amount: MicroCredits; balance?: MicroCredits; seq?: string }[];
}

export interface TrialBalance {
  at: Timestamp;
  treeSize?: string | number;
  balances: { name: string; code: string; owner?: string | null; balance: MicroCredits }[];
  /** Always "0". */
  total: MicroCredits;
}

export interface NodeEnrolment {
  id?: string;
  /** Single use, ten minutes. */
  token: string | null;
  expiresAt: Timestamp;
  [field: string]: unknown;
}

export type NodeStage = 'probation' | 'participant' | 'suspended' | 'retired';

export interface VolunteerNode {
  id: string;
  name: string;
  stage: NodeStage;
  region?: string | null;
  paused?: boolean;
  rank?: number | null;
  reliability?: number | null;
  credibility?: number | null;
  lastSeenAt?: Timestamp | null;
  createdAt: Timestamp;
  [field: string]: unknown;
}

export interface Limits {
  /** The coordinator's public origin: what workers sign for. */
  origin: string;
  [field: string]: unknown;
}
