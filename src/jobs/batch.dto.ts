import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { JsonValueDto } from '../http/json-value.dto.js';
import { JobErrorDto, JobOptionsDto } from './job.dto.js';

export class SubmitBatchDto extends JobOptionsDto {
  @ApiProperty({ example: 'primes' })
  function: string;

  @ApiProperty({
    type: [JsonValueDto],
    description: 'One job each. Readable by the strangers who run them; send no secrets.',
    example: [{ below: 10 }, { below: 20 }],
  })
  inputs: unknown[];
}

export class BatchCountsDto {
  /** Not final yet. */
  @ApiProperty({ type: 'integer', example: 0 })
  open: number;

  @ApiProperty({ type: 'integer', example: 2 })
  succeeded: number;

  @ApiProperty({ type: 'integer', example: 0 })
  failed: number;

  @ApiProperty({ type: 'integer', example: 0 })
  timed_out: number;

  @ApiProperty({ type: 'integer', example: 0 })
  cancelled: number;
}

export class BatchDto {
  @ApiProperty({ example: 'batch_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  id: string;

  @ApiProperty({ example: 'primes' })
  function: string;

  /** Held for the whole batch, in micro-credits. */
  @ApiProperty({ example: '5352260' })
  hold: string;

  @ApiProperty({ type: 'integer', example: 2 })
  jobs: number;

  /** How many of its jobs have each status. */
  @ApiProperty({ type: BatchCountsDto })
  counts: BatchCountsDto;

  @ApiProperty({ example: false })
  completed: boolean;

  @ApiProperty({ example: '2026-11-23T12:00:00.000Z' })
  createdAt: string;
}

/** One line of a batch's results. */
export class BatchResultDto {
  /** Place of its input in the batch, from 0. */
  @ApiProperty({ type: 'integer', example: 0 })
  index: number;

  @ApiProperty({ example: 'job_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  jobId: string;

  @ApiProperty({ enum: ['succeeded', 'failed', 'timed_out', 'cancelled'] })
  status: string;

  @ApiPropertyOptional({ type: JsonValueDto, description: 'What the function returned', example: { count: 25 } })
  output?: unknown;

  /** Instead of output: what a WebAssembly module wrote, where it was given bytes or wrote no JSON. */
  @ApiPropertyOptional()
  outputBase64?: string;

  @ApiPropertyOptional({ type: JobErrorDto })
  error?: JobErrorDto;

  /** Fuel used. */
  @ApiPropertyOptional({ example: '1250000' })
  fuel?: string;

  /** Micro-credits. */
  @ApiProperty({ example: '14670' })
  charged: string;
}
