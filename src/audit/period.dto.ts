import { ApiProperty } from '@nestjs/swagger';

export class PeriodKindDto {
  @ApiProperty({ example: 'settle' })
  kind: string;

  @ApiProperty({ example: '812' })
  transfers: string;

  /** Micro-credits: the sum of their credits. */
  @ApiProperty({ example: '9744000' })
  moved: string;
}

export class PeriodDto {
  /** A UTC day. */
  @ApiProperty({ example: '2026-11-23' })
  day: string;

  /** Of the first checkpoint that covers the day. */
  @ApiProperty({ example: '1042' })
  treeSize: string;

  /** That checkpoint’s root, base64. */
  @ApiProperty({ example: 'CsUcqbp8PJ7G9WLzW1gMSTd7Ff2wWUXb2q8xVnqR2hE=' })
  root: string;

  @ApiProperty({ example: '1042' })
  transfers: string;

  /** How many balances moved. */
  @ApiProperty({ example: '31' })
  balances: string;

  /** Over what each of them opened with, moved and closed with: one line each, `public id:opening:debits:credits:closing`. */
  @ApiProperty({ example: 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' })
  digest: string;

  @ApiProperty({ example: '2026-11-24T01:00:00.000Z' })
  closedAt: string;

  @ApiProperty({ type: [PeriodKindDto] })
  kinds: PeriodKindDto[];
}

export class PeriodPageDto {
  @ApiProperty({ type: [PeriodDto] })
  data: PeriodDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}
