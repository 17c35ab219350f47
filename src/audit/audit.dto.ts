import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsOptional } from 'class-validator';

export class TrialBalanceQuery {
  /** As of this moment, RFC 3339; now where absent. */
  @ApiPropertyOptional({ example: '2026-11-23T12:00:00.000Z' })
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  at?: string;
}
