import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';

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
  @ApiProperty({ example: '1042 transfers' })
  range: string;

  /** The first few that break it. */
  @ApiPropertyOptional()
  detail?: string;
}

export class IntegrityDto {
  /** Every law holds. */
  @ApiProperty({ example: true })
  ok: boolean;

  @ApiProperty({ example: '2026-11-23T12:00:00.000Z' })
  checkedAt: string;

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
