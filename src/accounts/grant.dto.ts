import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';

export class GrantDto {
  /** An account's id, or commons, or insurance. */
  @ApiProperty({ example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  @Matches(/^(commons|insurance|acct_[0-9a-hjkmnp-tv-z]{26})$/, {
    message: 'to must be an account’s id (acct_…), commons or insurance',
  })
  to: string;

  /** Micro-credits. */
  @ApiProperty({ example: '100000000' })
  @Matches(/^[1-9]\d{0,16}$/, { message: 'amount must be micro-credits as a decimal string, as "100000000"' })
  amount: string;

  /** Stands in the books for everyone. */
  @ApiProperty({ minLength: 3, maxLength: 500, example: 'welcome' })
  @IsString()
  @Length(3, 500)
  reason: string;
}

export class GrantedDto {
  /** The transfer's reference, a UUID. */
  @ApiProperty({ example: '0193b8f2-6c1a-7d3e-8f4a-1b2c3d4e5f60' })
  reference: string;

  @ApiProperty({ example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  to: string;

  @ApiProperty({ example: '100000000' })
  amount: string;

  @ApiProperty({ example: 'welcome' })
  reason: string;
}
