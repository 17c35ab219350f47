import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches, MaxLength } from 'class-validator';

export class FreezeReasonDto {
  /** Why: kept for ever, shown to the account's owner and to auditors. */
  @ApiProperty({ minLength: 3, maxLength: 500, example: 'chargeback under investigation, case 71' })
  @IsString()
  @MaxLength(500)
  @Matches(/\S.*\S.*\S/s, { message: 'reason must say why, in 3 to 500 characters' })
  reason: string;
}

export class FreezeDto {
  @ApiProperty({ example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  accountId: string;

  /** true: debits are refused, except settle, release and slash. */
  @ApiProperty({ example: true })
  frozen: boolean;

  /** The operator's account. */
  @ApiProperty({ example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xy0' })
  by: string;

  @ApiProperty({ example: 'chargeback under investigation, case 71' })
  reason: string;

  @ApiProperty({ example: '2026-11-23T12:00:00.000Z' })
  at: string;
}

export class FreezePageDto {
  @ApiProperty({ type: [FreezeDto] })
  data: FreezeDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}
