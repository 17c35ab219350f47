/**
 * Every constant and limit of the grid, typed, in one place, with the presets `demo` and `production`.
 * Rules take what they need from here as an argument; nothing else in the code holds a figure of the design.
 * It is published at `/v1/limits`, so every name carries its unit.
 */

/** The words a submitter may use for the wanted probability of a right answer. */
export type AssuranceName = 'fast' | 'standard' | 'high' | 'strict';

export interface CredibilityPolicy {
  /** Share of bad nodes assumed until audits have measured it (Sarmenta 2002). */
  readonly assumedBadShare: number;
  /** No node is ever trusted more than this: keys are free, so a caught liar returns. */
  readonly nodeCap: number;
  /** What the operator's own re-execution is worth. */
  readonly referee: number;
  /** `k_vote` counts at most this many times `k_audit`. */
  readonly voteToAuditRatio: number;
  /** One submitter gives at most this share of a node's k … */
  readonly submitterShare: number;
  /** … or this much, whichever is more. */
  readonly submitterFloor: number;
}

export interface AssurancePolicy {
  /** Wanted credibility of the accepted group. */
  readonly threshold: number;
  /** R in hundredths: mean executions × 1.02, published daily. */
  readonly rateHundredths: number;
  /** Accept only with this many owners in the group (the referee is enough by itself). */
  readonly minOwners: number;
  /** Accept only with the referee's vote in the group. */
  readonly refereeRequired: boolean;
}

export interface VerdictPolicy {
  /** Node executions of a job before the referee decides. */
  readonly maxExecutions: number;
  /** Leases of a job before the referee decides. */
  readonly maxLeases: number;
  /** Owners on whose hosts a job may fail before the referee tries it. */
  readonly maxHostFailures: number;
  /** A job that has had a lease and finds no eligible owner for this long gets the referee. */
  readonly eligibleOwnerWaitMs: number;
  /** No referee took or finished a run for this long: it is away. */
  readonly refereeAwayMs: number;
  /** What each reporting node is given when a job ends inconclusive, and a host_limit attempt costs. */
  readonly baseUnitMicro: bigint;
}

export interface StakePolicy {
  /** A node works alone only when its account's stake covers this many prices. */
  readonly prices: number;
  /** Share of a checked result's pay that goes to stake until the stake is full, in hundredths. */
  readonly shareHundredths: number;
  /** A bucket of stake is due this long after its hour. */
  readonly releaseAfterMs: number;
}

export interface PricePolicy {
  readonly minUnitMicro: bigint;
  readonly baseFuel: bigint;
  readonly fuelPerByte: bigint;
  readonly fuelPerMicro: bigint;
  /** The fee is 1/feeDivisor of a unit, rounded up. */
  readonly feeDivisor: bigint;
  /** The median price while nothing has settled yet. */
  readonly startMedianUnitMicro: bigint;
  /** A version has history from this many settled jobs on. */
  readonly historyJobs: number;
}

export interface ReputationPolicy {
  readonly decay: number;
  readonly lapseWeight: number;
  readonly hostFailureWeight: number;
  readonly wrongResultWeight: number;
  readonly quantile: number;
  /** Retries and hedges go to nodes at least this reliable … */
  readonly retryReliability: number;
  /** … or to the best at hand after this long. */
  readonly retryPatienceMs: number;
  readonly quotaStart: number;
  readonly quotaProbationMax: number;
  readonly quotaPerThread: number;
  readonly maxThreads: number;
  readonly lapsesPerCooldown: number;
  readonly lapseWindowMs: number;
  readonly cooldownStartMs: number;
  readonly cooldownMaxMs: number;
  readonly latencyScaleMs: number;
  /** A node that gave leases back more often than this in an hour lapses. */
  readonly freeReturnsPerHour: number;
}

export interface PresencePolicy {
  readonly beatMs: number;
  readonly missedBeatsUntilStale: number;
  readonly windowMs: number;
}

export interface GoodwillPolicy {
  readonly probationMinutes: number;
  readonly probationCredibilityCount: number;
  readonly gracefulExitMinutes: number;
  readonly gracefulExitAfterMs: number;
  readonly lapseMinutes: number;
  /** Share of traffic reserved for newcomers, in hundredths. */
  readonly newcomerShareHundredths: number;
}

export interface SchedulingPolicy {
  readonly tickMs: number;
  readonly hintsPerSecond: number;
  readonly claimLimit: number;
  readonly claimPerLane: number;
  readonly samplePower: number;
  readonly leaseFactor: number;
  readonly leaseMinMs: number;
  readonly leaseMaxMs: number;
  readonly leaseBaseMs: number;
  readonly fuelPerSecond: bigint;
  readonly nearPatienceMs: number;
  readonly laneWeightMin: number;
  readonly laneWeightMax: number;
  readonly deadlineMinMs: number;
  readonly deadlineMaxMs: number;
  readonly deadlineDefaultMs: number;
  readonly pollMaxSeconds: number;
  readonly invokeWaitSeconds: number;
  readonly jobWaitMaxSeconds: number;
}

export interface ExecutionLimits {
  readonly sourceBytes: number;
  readonly moduleBytes: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly jsonDepth: number;
  readonly jsonNodes: number;
  readonly memoryBytes: number;
  readonly stackUnits: number;
  readonly errorMessageBytes: number;
  readonly logBytes: number;
  readonly fuelDefault: bigint;
  readonly fuelMin: bigint;
  /** The least a version with history gets by default. */
  readonly fuelKnownMin: bigint;
  readonly fuelMax: bigint;
}

export interface RefereePolicy {
  readonly deployTimeoutMs: number;
  /** Deploys that wait for their dry run; one more is refused. */
  readonly deployQueue: number;
  /** What a dry run may use, of a deploy or of an estimate: beside what its process holds when it is idle. */
  readonly deployMemoryBytes: number;
  readonly estimateTimeoutMs: number;
  readonly estimateQueue: number;
  /** No estimate runs on beyond this. */
  readonly estimateFuelMax: bigint;
  readonly voteTimeoutMs: number;
}

export interface ApiLimits {
  readonly pageDefault: number;
  readonly pageMax: number;
  readonly idempotencyKeyHours: number;
  readonly idempotencyWaitMs: number;
  readonly jsonBodyBytes: number;
  readonly batchInputs: number;
  readonly batchBytes: number;
  readonly reportResults: number;
  readonly reportBytes: number;
  /** null: unlimited. */
  readonly deploysPerHour: number | null;
  readonly versionsPerAccount: number;
  /** Dry runs of an account; null: unlimited. */
  readonly estimatesPerHour: number | null;
  /** null: unlimited. */
  readonly registrationsPerHour: number | null;
  /** Deploys and registrations from loopback addresses are not counted. */
  readonly loopbackUnlimited: boolean;
  readonly enrolmentMs: number;
  readonly nodeProofSkewMs: number;
  readonly signatureSkewMs: number;
  readonly nodesPerAccount: number;
  readonly payloadRetentionMs: number;
  readonly workerProtocol: number;
}

export interface SupplyPolicy {
  readonly registration: 'open' | 'invite' | 'closed';
  readonly creditLineMicro: bigint;
  readonly creditLineMaxMicro: bigint;
  readonly creditLineEarnedShare: number;
  readonly creditLineTotalShare: number;
  /** The days whose earnings make a line, and for how many days after its first checked result an account has the first line. */
  readonly creditLineDays: number;
  /** m: what each account that serves and submits should have on average; below it the allowance fills up … */
  readonly allowanceTargetMicro: bigint;
  /** … a part of what is missing a day, one by this number … */
  readonly allowanceSpreadDays: number;
  /** … on days on which more than this share of the capacity was idle … */
  readonly allowanceIdleShare: number;
  /** … for accounts that spent within so many days. */
  readonly allowanceSpentDays: number;
  /** The days whose earnings the allowance is divided by. */
  readonly allowanceEarnedDays: number;
  /** One submitter counts for at most this share of an account's earnings. */
  readonly allowanceSubmitterShare: number;
  /** Debt of an account without any movement for so many days is written off. */
  readonly writeOffIdleDays: number;
  /** Operators' accounts that an adjustment of the books needs, besides its proposer's; 1: an operator's proposal is enough. */
  readonly approvals: number;
  /** A proposed adjustment that nobody finishes ends after this. */
  readonly proposalMs: number;
  readonly privateWebhooks: boolean;
  readonly genesisCommonsMicro: bigint;
  readonly genesisInsuranceMicro: bigint;
  readonly genesisDeveloperMicro: bigint;
}

export interface Policy {
  readonly name: string;
  readonly credibility: CredibilityPolicy;
  readonly assurances: Readonly<Record<AssuranceName, AssurancePolicy>>;
  readonly verdict: VerdictPolicy;
  readonly stake: StakePolicy;
  readonly price: PricePolicy;
  readonly reputation: ReputationPolicy;
  readonly presence: PresencePolicy;
  readonly goodwill: GoodwillPolicy;
  readonly scheduling: SchedulingPolicy;
  readonly execution: ExecutionLimits;
  readonly referee: RefereePolicy;
  readonly api: ApiLimits;
  readonly supply: SupplyPolicy;
}

const MIB = 1_048_576;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const productionPolicy: Policy = {
  name: 'production',
  credibility: {
    assumedBadShare: 0.2,
    nodeCap: 1 - 1e-5,
    referee: 1 - 1e-6,
    voteToAuditRatio: 4,
    submitterShare: 0.1,
    submitterFloor: 5,
  },
  assurances: {
    fast: { threshold: 0.8, rateHundredths: 110, minOwners: 1, refereeRequired: false },
    standard: { threshold: 0.99, rateHundredths: 130, minOwners: 1, refereeRequired: false },
    high: { threshold: 0.999, rateHundredths: 300, minOwners: 3, refereeRequired: false },
    strict: { threshold: 0.9999, rateHundredths: 300, minOwners: 1, refereeRequired: true },
  },
  verdict: {
    maxExecutions: 5,
    maxLeases: 10,
    maxHostFailures: 3,
    eligibleOwnerWaitMs: 2_000,
    refereeAwayMs: 60_000,
    baseUnitMicro: 10_000n,
  },
  stake: { prices: 40, shareHundredths: 50, releaseAfterMs: DAY_MS },
  price: {
    minUnitMicro: 10_000n,
    baseFuel: 10_000_000n,
    fuelPerByte: 1_000n,
    fuelPerMicro: 1_000n,
    feeDivisor: 100n,
    startMedianUnitMicro: 10_000n,
    historyJobs: 100,
  },
  reputation: {
    decay: 0.99,
    lapseWeight: 3,
    hostFailureWeight: 1,
    wrongResultWeight: 10,
    quantile: 0.05,
    retryReliability: 0.9,
    retryPatienceMs: 500,
    quotaStart: 4,
    quotaProbationMax: 4,
    quotaPerThread: 4,
    maxThreads: 64,
    lapsesPerCooldown: 3,
    lapseWindowMs: HOUR_MS,
    cooldownStartMs: 15 * MINUTE_MS,
    cooldownMaxMs: DAY_MS,
    latencyScaleMs: 200,
    freeReturnsPerHour: 2,
  },
  presence: { beatMs: 30_000, missedBeatsUntilStale: 3, windowMs: 7 * DAY_MS },
  goodwill: {
    probationMinutes: 24 * 60,
    probationCredibilityCount: 20,
    gracefulExitMinutes: 30,
    gracefulExitAfterMs: 4 * HOUR_MS,
    lapseMinutes: 120,
    newcomerShareHundredths: 5,
  },
  scheduling: {
    tickMs: 250,
    hintsPerSecond: 50,
    claimLimit: 256,
    claimPerLane: 32,
    samplePower: 8,
    leaseFactor: 3,
    leaseMinMs: 2_000,
    leaseMaxMs: 60_000,
    leaseBaseMs: 5_000,
    fuelPerSecond: 500_000_000n,
    nearPatienceMs: 150,
    laneWeightMin: 0.25,
    laneWeightMax: 1,
    deadlineMinMs: 1_000,
    deadlineMaxMs: DAY_MS,
    deadlineDefaultMs: HOUR_MS,
    pollMaxSeconds: 55,
    invokeWaitSeconds: 25,
    jobWaitMaxSeconds: 55,
  },
  execution: {
    sourceBytes: MIB,
    moduleBytes: 4 * MIB,
    inputBytes: MIB,
    outputBytes: MIB,
    jsonDepth: 64,
    jsonNodes: 100_000,
    memoryBytes: 64 * MIB,
    stackUnits: 192 * 1024,
    errorMessageBytes: 1024,
    logBytes: 4096,
    fuelDefault: 1_000_000_000n,
    fuelMin: 1_000_000n,
    fuelKnownMin: 10_000_000n,
    fuelMax: 20_000_000_000n,
  },
  referee: {
    deployTimeoutMs: 5_000,
    deployQueue: 32,
    deployMemoryBytes: 256 * MIB,
    estimateTimeoutMs: 5_000,
    estimateQueue: 32,
    estimateFuelMax: 1_000_000_000n,
    voteTimeoutMs: 60_000,
  },
  api: {
    pageDefault: 50,
    pageMax: 200,
    idempotencyKeyHours: 24,
    idempotencyWaitMs: 5_000,
    jsonBodyBytes: 2 * MIB,
    batchInputs: 10_000,
    batchBytes: 64 * MIB,
    reportResults: 256,
    reportBytes: 64 * MIB,
    deploysPerHour: 10,
    versionsPerAccount: 100,
    estimatesPerHour: 60,
    registrationsPerHour: 10,
    loopbackUnlimited: false,
    enrolmentMs: 10 * MINUTE_MS,
    nodeProofSkewMs: 5 * MINUTE_MS,
    signatureSkewMs: 30_000,
    nodesPerAccount: 100,
    payloadRetentionMs: 7 * DAY_MS,
    workerProtocol: 1,
  },
  supply: {
    registration: 'open',
    creditLineMicro: 5_000_000n,
    creditLineMaxMicro: 200_000_000n,
    creditLineEarnedShare: 0.2,
    creditLineTotalShare: 0.1,
    creditLineDays: 30,
    allowanceTargetMicro: 100_000_000n,
    allowanceSpreadDays: 30,
    allowanceIdleShare: 0.5,
    allowanceSpentDays: 90,
    allowanceEarnedDays: 30,
    allowanceSubmitterShare: 0.1,
    writeOffIdleDays: 90,
    approvals: 2,
    proposalMs: 7 * DAY_MS,
    privateWebhooks: false,
    genesisCommonsMicro: 0n,
    genesisInsuranceMicro: 0n,
    genesisDeveloperMicro: 0n,
  },
};

export const demoPolicy: Policy = {
  ...productionPolicy,
  name: 'demo',
  goodwill: { ...productionPolicy.goodwill, probationMinutes: 1, probationCredibilityCount: 3 },
  reputation: { ...productionPolicy.reputation, cooldownStartMs: 5_000, cooldownMaxMs: MINUTE_MS },
  api: { ...productionPolicy.api, loopbackUnlimited: true },
  supply: {
    ...productionPolicy.supply,
    approvals: 1,
    privateWebhooks: true,
    genesisCommonsMicro: 10_000_000_000n,
    genesisInsuranceMicro: 1_000_000_000n,
    genesisDeveloperMicro: 100_000_000_000n,
  },
};

export const policyPresets: Readonly<Record<string, Policy>> = { demo: demoPolicy, production: productionPolicy };
