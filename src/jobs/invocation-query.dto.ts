import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';

/** What may be asked of an invocation by query; `readOptions` checks the values and names the parameter. */
export class InvokeQuery {
  /** A version's digest; the current one by default. */
  @ApiPropertyOptional({ type: String, example: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' })
  @IsOptional()
  version?: unknown;

  /** fast, standard, high, strict or a number from 0.5 to 0.99999. */
  @ApiPropertyOptional({ type: String, example: 'standard' })
  @IsOptional()
  assurance?: unknown;

  /** Fuel that the hold buys, a decimal string. */
  @ApiPropertyOptional({ type: String, example: '1000000000' })
  @IsOptional()
  fuelLimit?: unknown;

  /** The most that may be held, in micro-credits. */
  @ApiPropertyOptional({ type: String, example: '5000000' })
  @IsOptional()
  maxCharge?: unknown;

  /** 1,000 to 86,400,000. */
  @ApiPropertyOptional({ type: 'integer', example: 60_000 })
  @IsOptional()
  deadlineMs?: unknown;

  /** Only nodes of these regions, comma-separated. */
  @ApiPropertyOptional({ type: String, example: 'eu,us' })
  @IsOptional()
  regions?: unknown;

  /** caller or a region. */
  @ApiPropertyOptional({ type: String, example: 'eu' })
  @IsOptional()
  near?: unknown;

  /** true: on the caller's own nodes, free and unverified. */
  @ApiPropertyOptional({ type: String, enum: ['true', 'false'], example: 'false' })
  @IsOptional()
  ownNodesOnly?: unknown;
}
