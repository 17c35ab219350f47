import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsOptional, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';

export class AdjustmentLegDto {
  /** acct_…:available, acct_…:stake, commons, insurance or issuance. */
  @ApiProperty({ example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz:available' })
  @IsString()
  @MaxLength(60)
  balance: string;

  /** Micro-credits; negative: a debit. */
  @ApiProperty({ example: '250000' })
  @IsString()
  @Matches(/^-?(0|[1-9]\d{0,18})$/, { message: 'amount must be micro-credits as a decimal string, as "250000" or "-250000"' })
  amount: string;
}

export class ProposeAdjustmentDto {
  /** Why: stands in the books for ever. */
  @ApiProperty({ minLength: 3, maxLength: 500, example: 'refund agreed in ticket 71' })
  @IsString()
  @MaxLength(500)
  @Matches(/\S.*\S.*\S/s, { message: 'reason must say why, in 3 to 500 characters' })
  reason: string;

  /** What moves; the amounts sum to 0. Instead of `reverses`. */
  @ApiPropertyOptional({
    type: [AdjustmentLegDto],
    minItems: 2,
    maxItems: 20,
    example: [
      { balance: 'commons', amount: '-250000' },
      { balance: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz:available', amount: '250000' },
    ],
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(2, { message: 'legs must be 2 to 20: what one balance loses another gains' })
  @ArrayMaxSize(20, { message: 'legs must be 2 to 20: what one balance loses another gains' })
  @ValidateNested({ each: true })
  @Type(() => AdjustmentLegDto)
  legs?: AdjustmentLegDto[];

  /** The number of a transfer to undo, whole and once; never a settle, hold or release. Instead of `legs`. */
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @IsString()
  @Matches(/^[1-9]\d{0,17}$/, { message: 'reverses must be the number of a transfer, as "1042"' })
  reverses?: string;
}

export class ApprovalDto {
  @ApiProperty({ example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xy0' })
  by: string;

  @ApiProperty({ example: '2026-11-23T12:00:00.000Z' })
  at: string;
}

export class AdjustmentDto {
  @ApiProperty({ example: 'adj_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  id: string;

  @ApiProperty({ enum: ['adjustment', 'reversal'] })
  kind: string;

  /** posted: `transferId` is its transfer. */
  @ApiProperty({ enum: ['waiting', 'posted', 'rejected', 'expired'] })
  state: string;

  @ApiProperty({ example: 'refund agreed in ticket 71' })
  reason: string;

  @ApiPropertyOptional({ type: [AdjustmentLegDto] })
  legs?: AdjustmentLegDto[];

  @ApiPropertyOptional({ type: String })
  reverses?: string;

  @ApiProperty({ example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  proposedBy: string;

  @ApiProperty({ example: '2026-11-23T12:00:00.000Z' })
  proposedAt: string;

  /** A proposal that waits ends then. */
  @ApiProperty({ example: '2026-11-30T12:00:00.000Z' })
  expiresAt: string;

  /** Operators' accounts that must approve it. */
  @ApiProperty({ type: 'integer', example: 2 })
  approvalsNeeded: number;

  @ApiProperty({ type: [ApprovalDto] })
  approvals: ApprovalDto[];

  @ApiPropertyOptional({ type: String })
  transferId?: string;

  /** Whose approval posted it, or who rejected it. */
  @ApiPropertyOptional({ type: String })
  endedBy?: string;

  @ApiPropertyOptional({ type: String })
  endedAt?: string;
}

export class AdjustmentPageDto {
  @ApiProperty({ type: [AdjustmentDto] })
  data: AdjustmentDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}
