import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Min } from 'class-validator';

const MOST = 1_000;

export class SystemJournalQuery {
  @ApiPropertyOptional({ enum: ['json', 'journal', 'csv'], default: 'json' })
  @IsIn(['json', 'journal', 'csv'])
  format: 'json' | 'journal' | 'csv' = 'json';

  /** How many transfers, 1 to 1,000; more is taken as 1,000. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MOST, default: 200 })
  @Transform(({ value }) => (typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Math.min(MOST, Number(value)) : value))
  @IsInt()
  @Min(1)
  limit: number = 200;

  /** nextCursor of the page before. */
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @IsString()
  cursor?: string;
}

export class SystemLegDto {
  @ApiProperty({ enum: ['issuance', 'commons', 'insurance'] })
  balance: string;

  @ApiProperty({ example: '-8160' })
  amount: string;

  /** The balance’s public id, as it enters the leaf. */
  @ApiProperty({ example: '3e7c1f5a-9f0e-4a53-8a1e-0c6de4f4a1b2' })
  balanceId: string;

  @ApiProperty({ example: '10000012300' })
  balanceAfter: string;

  @ApiProperty({ example: '17' })
  seq: string;
}

export class SystemTransferDto {
  /** Its leaf in the log. */
  @ApiProperty({ example: '1041' })
  index: string;

  @ApiProperty({ example: '1042' })
  id: string;

  @ApiProperty({ example: '2026-11-23T12:00:00.019Z' })
  createdAt: string;

  @ApiProperty({ example: 'settle' })
  kind: string;

  @ApiProperty({ example: '0193b8f2-6c1a-7d3e-8f4a-1b2c3d4e5f60' })
  reference: string;

  /** The operator’s reason for what it did itself. */
  @ApiPropertyOptional()
  memo?: string;

  /** The legs on the system’s balances; those of accounts are not shown. */
  @ApiProperty({ type: [SystemLegDto] })
  legs: SystemLegDto[];
}

export class SystemJournalDto {
  /** The tree it was made from; the cursor keeps it. */
  @ApiProperty({ example: '1042' })
  treeSize: string;

  /** Oldest first: running balances can be followed. */
  @ApiProperty({ type: [SystemTransferDto] })
  data: SystemTransferDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}
