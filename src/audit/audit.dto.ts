import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsOptional } from 'class-validator';

export class TrialBalanceQuery {
  /** As of this moment, RFC 3339; now where absent. */
  @ApiPropertyOptional({ example: '2026-11-23T12:00:00.000Z' })
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
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

  /** Number of transfers it covers. */
  @ApiProperty({ example: '1042' })
  treeSize: string;

  @ApiProperty({ type: [TrialBalanceLineDto] })
  balances: TrialBalanceLineDto[];

  /** Always "0". */
  @ApiProperty({ example: '0' })
  total: string;
}
