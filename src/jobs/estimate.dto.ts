import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { JsonValueDto } from '../http/json-value.dto.js';
import { InvokeQuery } from './invocation-query.dto.js';

export class EstimateBodyDto {
  @ApiProperty({ type: JsonValueDto, description: 'Any JSON value', example: { below: 100 } })
  input: unknown;

  /** A version's digest; the current one by default. */
  @ApiPropertyOptional({ example: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' })
  version?: string;

  @ApiPropertyOptional({
    oneOf: [{ type: 'string', enum: ['fast', 'standard', 'high', 'strict'] }, { type: 'number' }],
    example: 'standard',
  })
  assurance?: string | number;

  /** The fuel limit that the job would have, a decimal string; the dry run itself ends at 1,000,000,000. */
  @ApiPropertyOptional({ example: '1000000000' })
  fuelLimit?: string;
}

/** What may be asked by query where the body is the input's bytes; `optionsOfRequest` checks the values and names the parameter. */
export class EstimateQuery extends PickType(InvokeQuery, ['version', 'assurance', 'fuelLimit'] as const) {}

export class EstimateDto {
  /** How the call ended: ok, or as a job with this input would fail. */
  @ApiProperty({
    enum: [
      ...['ok', 'function_error', 'out_of_fuel', 'out_of_memory', 'stack_overflow', 'trap', 'invalid_output'],
      'output_too_large',
    ],
    example: 'ok',
  })
  outcome: string;

  /** Fuel used. */
  @ApiProperty({ example: '1250000' })
  fuel: string;

  @ApiProperty({ type: 'integer', example: 12 })
  outputBytes: number;

  /** The unit price of such a job, in micro-credits. */
  @ApiProperty({ example: '11284' })
  unit: string;

  /** What the job would be charged, in micro-credits. */
  @ApiProperty({ example: '14670' })
  charge: string;

  /** What would be reserved while it is open, in micro-credits. */
  @ApiProperty({ example: '2676130' })
  hold: string;

  /** How often a job of this assurance is executed on average; the charge does not depend on one job's luck. */
  @ApiProperty({ example: 1.27 })
  executions: number;
}
