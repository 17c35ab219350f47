import { ApiProperty } from '@nestjs/swagger';

export class StandingDto {
  /** µCR; below zero: a debt. */
  @ApiProperty({ example: '1250000' })
  available: string;

  /** µCR reserved for open jobs. */
  @ApiProperty({ example: '40000' })
  held: string;

  /** µCR earned and not yet released. */
  @ApiProperty({ example: '400000' })
  stake: string;

  /** µCR that may be spent below zero. */
  @ApiProperty({ example: '5000000' })
  creditLine: string;

  /** µCR owed now. */
  @ApiProperty({ example: '0' })
  debt: string;

  /** Own jobs that were settled in the last 30 days. */
  @ApiProperty({ example: 41 })
  jobsSubmitted30d: number;

  /** Paid work of own nodes in the last 30 days. */
  @ApiProperty({ example: 230 })
  jobsServed30d: number;

  @ApiProperty({ example: '620000' })
  spent30d: string;

  @ApiProperty({ example: '2750000' })
  earned30d: string;

  /** Earned per spent; null where nothing was spent. */
  @ApiProperty({ type: Number, nullable: true, example: 4.43 })
  ratio: number | null;

  /** What this account’s jobs weigh in the queue beside those of others. */
  @ApiProperty({ example: 1 })
  queueWeight: number;

  /** Whether a job of the median price could be submitted now. */
  @ApiProperty({ example: true })
  canSubmit: boolean;

  /** Hours that its nodes must serve until it may, at the rate of the last week; null: they have not served. */
  @ApiProperty({ type: Number, nullable: true, example: 0 })
  hoursToServe: number | null;

  /** µCR that it got of the latest allowance. */
  @ApiProperty({ example: '880000' })
  allowanceToday: string;

  /** The same in words. */
  @ApiProperty({
    example:
      'In 30 days this account submitted 41 jobs for 0.62 CR, and its nodes served 230 for 2.75 CR. It has 1.25 CR and a credit line of 5 CR. That is enough for about 480 more jobs.',
  })
  explanation: string;
}
