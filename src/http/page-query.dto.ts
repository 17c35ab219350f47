import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Min } from 'class-validator';

const MOST = 200;

export class PageQuery {
  /** How many, 1 to 200; more is taken as 200. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 200, default: 50 })
  @Transform(({ value }) => (typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Math.min(MOST, Number(value)) : value))
  @IsInt()
  @Min(1)
  limit: number = 50;

  /** nextCursor of the page before. */
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @IsString()
  cursor?: string;
}
