import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Max, Min } from 'class-validator';
import { PageQuery } from '../http/page-query.dto.js';
import { jobStatuses } from './read-jobs.js';

export class JobsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ['queued', 'running', 'verifying', 'succeeded', 'failed', 'timed_out', 'cancelled'] })
  @IsOptional()
  @IsIn(jobStatuses)
  status?: string;

  /** A function's name. */
  @ApiPropertyOptional({ example: 'primes' })
  @IsOptional()
  @IsString()
  function?: string;

  @ApiPropertyOptional({ example: 'batch_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  @IsOptional()
  @IsString()
  batchId?: string;

  /** RFC 3339, inclusive. */
  @ApiPropertyOptional({ example: '2026-11-23T00:00:00.000Z' })
  @IsOptional()
  @IsISO8601({ strict: true })
  createdFrom?: string;

  /** RFC 3339, exclusive. */
  @ApiPropertyOptional({ example: '2026-11-24T00:00:00.000Z' })
  @IsOptional()
  @IsISO8601({ strict: true })
  createdTo?: string;
}

export class WaitForJobQuery {
  /** Seconds to wait for the job to be final, 0 to 55. */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 55, default: 0 })
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(55)
  wait: number = 0;
}
