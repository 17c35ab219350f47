import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { JsonValueDto } from '../http/json-value.dto.js';

export class JobErrorDto {
  /** An outcome (function_error, out_of_fuel, …) or host_limit, quarantined, no_capacity, inconclusive. */
  @ApiProperty({ example: 'function_error' })
  kind: string;

  @ApiProperty({ example: 'TypeError: not a number' })
  message: string;
}

export class JobQueueDto {
  /** Tasks before this one; counting stops at 10,000. */
  @ApiProperty({ type: 'integer', example: 12 })
  position: number;

  /** Expected time until it starts, where it is known. */
  @ApiProperty({ type: 'integer', nullable: true, example: 840 })
  etaMs: number | null;
}

export class JobTimingsDto {
  @ApiProperty({ type: 'integer', example: 4 })
  queuedMs: number;

  @ApiProperty({ type: 'integer', example: 12 })
  runMs: number;

  @ApiProperty({ type: 'integer', example: 3 })
  verifyMs: number;
}

export class JobDto {
  @ApiProperty({ example: 'job_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  id: string;

  @ApiProperty({ example: 'primes' })
  function: string;

  /** The digest that names the version. */
  @ApiProperty({ example: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' })
  version: string;

  @ApiProperty({ example: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' })
  codeDigest: string;

  @ApiProperty({ example: 'js-1-0123456789ab' })
  runtimeId: string;

  @ApiProperty({
    enum: ['queued', 'running', 'verifying', 'succeeded', 'failed', 'timed_out', 'cancelled'],
    example: 'succeeded',
  })
  status: 'queued' | 'running' | 'verifying' | 'succeeded' | 'failed' | 'timed_out' | 'cancelled';

  @ApiPropertyOptional({
    type: JsonValueDto,
    description: 'JSON, or base64 where contentType is application/octet-stream. Not in lists.',
    example: { below: 100 },
  })
  input?: unknown;

  @ApiPropertyOptional({
    type: JsonValueDto,
    description: 'What the function returned, where that is JSON. Not in lists.',
    example: { count: 25 },
  })
  output?: unknown;

  /** Instead of output: what a WebAssembly module wrote, where it was given bytes or wrote no JSON. Not in lists. */
  @ApiPropertyOptional()
  outputBase64?: string;

  @ApiPropertyOptional({ type: JobErrorDto })
  error?: JobErrorDto;

  /** Fuel used. */
  @ApiPropertyOptional({ example: '1250000' })
  fuel?: string;

  /** The unit price, in micro-credits. */
  @ApiPropertyOptional({ example: '11284' })
  unit?: string;

  /** Charged, in micro-credits. */
  @ApiPropertyOptional({ example: '14670' })
  charged?: string;

  /** Reserved while it was open, in micro-credits. */
  @ApiProperty({ example: '2676130' })
  hold: string;

  /** Of the input. */
  @ApiProperty({ example: 'application/json' })
  contentType: string;

  /** fast, standard, high, strict or a number as text. */
  @ApiProperty({ example: 'standard' })
  assurance: string;

  /** Probability that the result is right, under independent faults. */
  @ApiPropertyOptional({ example: 0.995 })
  credibility?: number;

  /** Results by nodes so far. */
  @ApiProperty({ type: 'integer', example: 2 })
  executions: number;

  /** It ran on the submitter's own node: nothing charged, nothing verified. */
  @ApiProperty({ example: false })
  selfExecuted: boolean;

  /** Where it came as one of a batch. */
  @ApiPropertyOptional()
  batchId?: string;

  @ApiProperty({ example: '2026-11-23T12:00:00.000Z' })
  createdAt: string;

  @ApiPropertyOptional({ example: '2026-11-23T12:00:00.004Z' })
  startedAt?: string;

  @ApiPropertyOptional({ example: '2026-11-23T12:00:00.019Z' })
  finishedAt?: string;

  @ApiProperty({ example: '2026-11-23T13:00:00.000Z' })
  deadlineAt: string;

  /** When the delivered result was proven wrong. */
  @ApiPropertyOptional({ format: 'date-time' })
  invalidatedAt?: string;

  @ApiPropertyOptional({ type: JsonValueDto, description: 'The right output, where the delivered one was proven wrong.' })
  correctedOutput?: unknown;

  /** The same where it is bytes. */
  @ApiPropertyOptional()
  correctedOutputBase64?: string;

  @ApiPropertyOptional({ type: JobQueueDto })
  queue?: JobQueueDto;

  @ApiProperty({ type: JobTimingsDto })
  timings: JobTimingsDto;
}

export class JobPageDto {
  @ApiProperty({ type: [JobDto] })
  data: JobDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}

export class PlacementDto {
  /** Only nodes of these regions. */
  @ApiPropertyOptional({ type: [String], example: ['eu'] })
  regions?: string[];

  /** Wins ties for a moment: "caller" or a region. */
  @ApiPropertyOptional({ example: 'eu' })
  near?: string;

  /** Run on the submitter's own nodes, free and unverified. */
  @ApiPropertyOptional({ example: false })
  ownNodesOnly?: boolean;
}

/** What may be asked of a job. */
export class JobOptionsDto {
  /** A version's digest; the current one by default. */
  @ApiPropertyOptional({ example: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' })
  version?: string;

  @ApiPropertyOptional({
    oneOf: [{ type: 'string', enum: ['fast', 'standard', 'high', 'strict'] }, { type: 'number' }],
    example: 'standard',
  })
  assurance?: string | number;

  @ApiPropertyOptional({ type: PlacementDto })
  placement?: PlacementDto;

  /** Fuel the hold buys, a decimal string. */
  @ApiPropertyOptional({ example: '1000000000' })
  fuelLimit?: string;

  /** The most that may be held, in micro-credits. */
  @ApiPropertyOptional({ example: '5000000' })
  maxCharge?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1000, maximum: 86_400_000, example: 3_600_000 })
  deadlineMs?: number;
}

export class SubmitJobDto extends JobOptionsDto {
  @ApiProperty({ example: 'primes' })
  function: string;

  @ApiProperty({
    type: JsonValueDto,
    description: 'Any JSON value. Readable by the strangers who run it; send no secrets.',
    example: { below: 100 },
  })
  input: unknown;
}
