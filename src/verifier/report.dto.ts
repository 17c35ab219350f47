import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** One result: an outcome with its output, or a host failure. */
export class ReportedResultDto {
  /** @example lease_01jd8w2v7qe3f9a2kq0v6m4xyz */
  @ApiProperty()
  leaseId: string;

  /** The lease's token, as given. */
  @ApiProperty()
  token: string;

  @ApiPropertyOptional({
    enum: [
      'ok',
      'function_error',
      'out_of_fuel',
      'out_of_memory',
      'stack_overflow',
      'trap',
      'invalid_output',
      'output_too_large',
    ],
  })
  outcome?: string;

  /** Output bytes, base64. */
  @ApiPropertyOptional()
  output?: string;

  /** SHA-256 of the output. */
  @ApiPropertyOptional({ example: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' })
  outputDigest?: string;

  /** Fuel used, a decimal string. */
  @ApiPropertyOptional({ example: '1250000' })
  fuel?: string;

  /** Instead of an outcome: what happened to the host only. */
  @ApiPropertyOptional({ enum: ['host_out_of_memory', 'host_stack', 'killed', 'wall_timeout'] })
  hostFailure?: string;

  @ApiPropertyOptional({ example: 12 })
  runMs?: number;
}

export class ReportDto {
  /** Chosen by the worker, 1 to 64 of A–Z a–z 0–9 _ -. */
  @ApiProperty({ example: '01jd8w2v7q3f9' })
  reportId: string;

  @ApiProperty({ type: [ReportedResultDto] })
  results: ReportedResultDto[];

  /** ed25519 over the report's bytes (docs/worker-protocol.md), base64. */
  @ApiProperty()
  signature: string;
}

export class ReportAnswerItemDto {
  @ApiProperty()
  leaseId: string;

  @ApiProperty({ enum: ['recorded', 'duplicate', 'late', 'rejected'] })
  status: string;

  /** Why it is late or rejected: job_settled, lease_lapsed, lease_unknown, report_unverifiable, fuel_above_limit, output_above_limit. */
  @ApiPropertyOptional()
  code?: string;
}

export class ReportAnswerDto {
  /** In the order of the report. */
  @ApiProperty({ type: [ReportAnswerItemDto] })
  results: ReportAnswerItemDto[];
}
