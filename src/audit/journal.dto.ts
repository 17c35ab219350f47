import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Min } from 'class-validator';

/** hledger needs some 9 kB of memory a transaction: a file of this size needs less than 1 GB. */
const MOST = 100_000;

export class JournalQuery {
  /** journal is plain text accounting, for hledger and ledger; ndjson is what `potluck audit` reads. */
  @ApiPropertyOptional({ enum: ['journal', 'csv', 'ndjson'], default: 'journal' })
  @IsIn(['journal', 'csv', 'ndjson'])
  format: 'journal' | 'csv' | 'ndjson' = 'journal';

  /** A date or a moment of RFC 3339; from the first transfer where absent. */
  @ApiPropertyOptional({ example: '2026-11-01' })
  @IsOptional()
  @IsString()
  from?: string;

  /** Up to this moment; as a date, with that day. To the last sequenced transfer where absent. */
  @ApiPropertyOptional({ example: '2026-11-23' })
  @IsOptional()
  @IsString()
  to?: string;

  /** Transfers a file, 1 to 100,000; more is taken as 100,000. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MOST, default: MOST })
  @Transform(({ value }) => (typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Math.min(MOST, Number(value)) : value))
  @IsInt()
  @Min(1)
  limit: number = MOST;

  /** Next-Cursor of the file before, or Cursor of the file itself, with the same format, from and to. */
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @IsString()
  cursor?: string;
}
