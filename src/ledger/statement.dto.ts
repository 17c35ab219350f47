import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString } from 'class-validator';

export class StatementQuery {
  /** A date or a moment of RFC 3339; the first of this month (UTC) where absent. */
  @ApiPropertyOptional({ example: '2026-11-01' })
  @IsOptional()
  @IsString()
  from?: string;

  /** Up to this moment; as a date, with that day. Now where absent. */
  @ApiPropertyOptional({ example: '2026-11-23' })
  @IsOptional()
  @IsString()
  to?: string;

  @ApiPropertyOptional({ enum: ['json', 'csv', 'journal'], default: 'json' })
  @IsIn(['json', 'csv', 'journal'])
  format: 'json' | 'csv' | 'journal' = 'json';

  /** Another account’s; takes ledger:audit. */
  @ApiPropertyOptional({ example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  @IsOptional()
  @IsString()
  accountId?: string;
}

export class StatementBalancesDto {
  @ApiProperty({ example: '99987654' })
  available: string;

  @ApiProperty({ example: '2676130' })
  held: string;

  @ApiProperty({ example: '400000' })
  stake: string;
}

export class CounterLegDto {
  /** commons, issuance, insurance, another of the account’s own, or others:available; an auditor sees whose. */
  @ApiProperty({ example: 'commons' })
  balance: string;

  @ApiProperty({ example: '270' })
  amount: string;
}

export class StatementEntryDto {
  @ApiProperty({ example: '1042.available' })
  id: string;

  @ApiProperty({ example: '1042' })
  transferId: string;

  /** Its leaf in the log. */
  @ApiProperty({ example: '1041' })
  leafIndex: string;

  @ApiProperty({ example: '2026-11-23T12:00:00.019Z' })
  createdAt: string;

  @ApiProperty({ example: 'settle' })
  kind: string;

  /** What it is about: a job, a batch or an account, as a UUID. */
  @ApiProperty({ example: '0193b8f2-6c1a-7d3e-8f4a-1b2c3d4e5f60' })
  reference: string;

  @ApiPropertyOptional()
  memo?: string;

  @ApiProperty({ enum: ['available', 'held', 'stake'] })
  code: string;

  /** Micro-credits; negative: a debit. */
  @ApiProperty({ example: '-14670' })
  amount: string;

  /** The balance after it. */
  @ApiProperty({ example: '99985330' })
  balance: string;

  /** Gap-free along the balance, from 1. */
  @ApiProperty({ example: '17' })
  seq: string;

  /** The transfer’s other legs. */
  @ApiProperty({ type: [CounterLegDto] })
  counter: CounterLegDto[];
}

export class StatementDto {
  @ApiProperty({ example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  accountId: string;

  /** The tree it was made from: leaves of the log. What came later is not in it. */
  @ApiProperty({ example: '1042' })
  treeSize: string;

  @ApiProperty({ example: '2026-11-01T00:00:00.000Z' })
  from: string;

  /** Exclusive. */
  @ApiProperty({ example: '2026-11-24T00:00:00.000Z' })
  to: string;

  @ApiProperty({ type: StatementBalancesDto })
  opening: StatementBalancesDto;

  @ApiProperty({ type: StatementBalancesDto })
  closing: StatementBalancesDto;

  /** In the order of the log. */
  @ApiProperty({ type: [StatementEntryDto] })
  entries: StatementEntryDto[];
}
