import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Min } from 'class-validator';
import { InvokeQuery } from './invocation-query.dto.js';

/** The options of a batch that comes as lines. */
export class SubmitBatchQuery extends InvokeQuery {
  /** A function's name; with application/x-ndjson only. */
  @ApiPropertyOptional({ example: 'primes' })
  @IsOptional()
  @IsString()
  function?: string;
}

export class BatchResultsQuery {
  /** Only results behind this index. */
  @ApiPropertyOptional({ type: 'integer', minimum: -1, default: -1 })
  @Type(() => Number)
  @IsInt()
  @Min(-1)
  after: number = -1;
}
