import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString } from 'class-validator';

export class TrialBalanceQuery {
  /** As of this moment, RFC 3339, or the end of this day; now where absent. */
  @ApiPropertyOptional({ example: '2026-11-23T12:00:00.000Z' })
  @IsOptional()
  @IsString()
  at?: string;
}

export class InvariantDto {
  @ApiProperty({ example: 'I1' })
  id: string;

  @ApiProperty({ example: true })
  ok: boolean;

  /** What was looked at. */
  @ApiProperty({ example: 'transfers from 1001 to 1042 as they came, from the first to the last again' })
  range: string;

  @ApiProperty({ type: String, nullable: true, example: '2026-11-23T12:00:00.000Z' })
  checkedAt: string | null;

  /** What the last full check looked at. */
  @ApiPropertyOptional({ type: String })
  fullRange?: string;

  @ApiPropertyOptional({ type: String })
  fullCheckedAt?: string;

  /** The first few that break it. */
  @ApiPropertyOptional({ type: String })
  detail?: string;

  /** It stays broken until a full check finds that it holds. */
  @ApiPropertyOptional({ type: String })
  brokenSince?: string;
}

export class IntegrityQuery {
  /** true: check everything now, which takes about a minute for ten million entries; else the state of the sweep. */
  @ApiPropertyOptional({ enum: ['true', 'false'], default: 'false' })
  @IsOptional()
  @IsIn(['true', 'false'])
  full?: 'true' | 'false';
}

export class IntegrityDto {
  /** Every law holds. */
  @ApiProperty({ example: true })
  ok: boolean;

  /** When the last sweep ended. */
  @ApiProperty({ example: '2026-11-23T12:00:00.000Z' })
  checkedAt: string;

  /** Open holds whose jobs should have ended more than an hour ago. */
  @ApiProperty({ type: 'integer', example: 0 })
  overdueHolds: number;

  /** Ids of transfers that the sweep has not come to yet. */
  @ApiProperty({ example: '0' })
  behind: string;

  @ApiProperty({ type: [InvariantDto] })
  invariants: InvariantDto[];
}

export class TrialBalanceLineDto {
  @ApiProperty({ example: 'commons' })
  name: string;

  @ApiProperty({ example: 'commons' })
  code: string;

  @ApiPropertyOptional({ example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  owner?: string;

  @ApiProperty({ example: '10000012300' })
  balance: string;
}

export class TrialBalanceDto {
  @ApiProperty({ example: '2026-11-23T12:00:00.019Z' })
  at: string;

  /** Of the least tree of the log that has every sequenced transfer up to then. */
  @ApiProperty({ example: '1042' })
  treeSize: string;

  @ApiProperty({ type: [TrialBalanceLineDto] })
  balances: TrialBalanceLineDto[];

  /** Always "0". */
  @ApiProperty({ example: '0' })
  total: string;
}
