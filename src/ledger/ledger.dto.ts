import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { PageQuery } from '../http/page-query.dto.js';

export class BalancesDto {
  /** Spendable, in micro-credits. */
  @ApiProperty({ example: '99987654' })
  available: string;

  /** Reserved for open jobs. */
  @ApiProperty({ example: '2676130' })
  held: string;

  /** Earnings not yet released; lost on a proven wrong result. */
  @ApiProperty({ example: '400000' })
  stake: string;

  /** Debits are refused by the operator. */
  @ApiProperty({ example: false })
  frozen: boolean;

  /** Why, where it is frozen. */
  @ApiPropertyOptional({ type: String })
  frozenReason?: string;

  /** Since when, where it is frozen. */
  @ApiPropertyOptional({ type: String })
  frozenSince?: string;
}

export class EntriesQuery extends PageQuery {
  /** Only entries of this balance. */
  @ApiPropertyOptional({ enum: ['available', 'held', 'stake'] })
  @IsOptional()
  @IsIn(['available', 'held', 'stake'])
  code?: 'available' | 'held' | 'stake';
}

export class EntryDto {
  @ApiProperty({ example: '1042.available' })
  id: string;

  @ApiProperty({ example: '1042' })
  transferId: string;

  @ApiProperty({ example: 'settle' })
  kind: string;

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

  /** What it is about: a job, a batch or an account, as a UUID. */
  @ApiProperty({ example: '0193b8f2-6c1a-7d3e-8f4a-1b2c3d4e5f60' })
  reference: string;

  @ApiProperty({ example: '2026-11-23T12:00:00.019Z' })
  createdAt: string;

  @ApiPropertyOptional()
  memo?: string;
}

export class EntryPageDto {
  @ApiProperty({ type: [EntryDto] })
  data: EntryDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}

export class TransferLegDto {
  @ApiProperty({ enum: ['issuance', 'commons', 'insurance', 'available', 'held', 'stake'] })
  code: string;

  /** The caller's own account; other accounts are not named. */
  @ApiPropertyOptional({ example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  accountId?: string;

  @ApiProperty({ example: '-14670' })
  amount: string;

  @ApiPropertyOptional({ example: '99985330' })
  balance?: string;

  @ApiPropertyOptional({ example: '17' })
  seq?: string;
}

export class TransferDto {
  @ApiProperty({ example: '1042' })
  id: string;

  @ApiProperty({ example: 'settle' })
  kind: string;

  @ApiProperty({ example: '0193b8f2-6c1a-7d3e-8f4a-1b2c3d4e5f60' })
  reference: string;

  @ApiProperty({ example: '2026-11-23T12:00:00.019Z' })
  createdAt: string;

  @ApiPropertyOptional()
  memo?: string;

  /** For a slash: the evidence. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  meta?: object;

  @ApiPropertyOptional()
  evidenceHash?: string;

  /** They sum to 0. */
  @ApiProperty({ type: [TransferLegDto] })
  entries: TransferLegDto[];
}
