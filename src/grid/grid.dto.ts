import { ApiProperty } from '@nestjs/swagger';

export class OnlineNodesDto {
  @ApiProperty({ example: 12 })
  probation: number;

  @ApiProperty({ example: 85 })
  participant: number;

  @ApiProperty({ example: 0 })
  suspended: number;
}

export class CapacityDto {
  /** Nodes that have answered within the last three beats, by stage. */
  @ApiProperty({ type: OnlineNodesDto })
  nodesOnline: OnlineNodesDto;

  /** Executor threads of all nodes online, as they declare them. */
  @ApiProperty({ example: 388 })
  threads: number;
}

export class QueueDto {
  /** Executions that wait for a node; counting ends at 100,000 jobs. */
  @ApiProperty({ example: 40 })
  ready: number;

  /** Jobs without an outcome; counting ends at 100,000. */
  @ApiProperty({ example: 64 })
  open: number;
}

export class ThroughputDto {
  /** Jobs settled in the last hour. */
  @ApiProperty({ example: 5210 })
  settledLastHour: number;

  /** Jobs settled in the last 24 hours. */
  @ApiProperty({ example: 104_302 })
  settledLastDay: number;
}

export class GridBalancesDto {
  /** µCR that fees have brought and work may be paid from. */
  @ApiProperty({ example: '10000012300' })
  commons: string;

  /** µCR of seized stake; pays compensation and write-offs. */
  @ApiProperty({ example: '1000000000' })
  insurance: string;

  /** µCR ever issued, as a negative number: minus all other balances. */
  @ApiProperty({ example: '-111000012300' })
  issuance: string;

  /** µCR that accounts have at stake. */
  @ApiProperty({ example: '48200000' })
  stakes: string;
}

export class CreditLinesDto {
  /** Accounts with a line. */
  @ApiProperty({ example: 31 })
  accounts: number;

  /** µCR of all lines together. */
  @ApiProperty({ example: '155000000' })
  total: string;

  /** µCR of them that are used: debts now. */
  @ApiProperty({ example: '12100000' })
  owed: string;

  /** µCR; beyond this no new line is given. */
  @ApiProperty({ example: '1004821230' })
  cap: string;
}

export class DonationsDto {
  /** µCR donated in the last 30 counted days. */
  @ApiProperty({ example: '4200000' })
  last30Days: string;

  /** µCR donated and not yet paid out with an allowance. */
  @ApiProperty({ example: '120000' })
  waiting: string;
}

export class AllowanceDayDto {
  /** The UTC day it is for. */
  @ApiProperty({ example: '2026-11-24' })
  day: string;

  /** Share of the participants' capacity that nobody used; an allowance needs more than 0.5. */
  @ApiProperty({ example: 0.82 })
  idleShare: number;

  /** Accounts that own a participant node and have spent lately. */
  @ApiProperty({ example: 40 })
  eligible: number;

  /** µCR of new credits. */
  @ApiProperty({ example: '31000000' })
  issued: string;

  /** µCR of donations paid out with them. */
  @ApiProperty({ example: '4200000' })
  donated: string;

  /** When all of it was in the books; null: not yet. */
  @ApiProperty({ type: String, nullable: true, example: '2026-11-25T00:10:02.113Z' })
  postedAt: string | null;
}

export class AllowanceDto {
  @ApiProperty({ example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  accountId: string;

  /** µCR of new credits. */
  @ApiProperty({ example: '775000' })
  issued: string;

  /** µCR of donations. */
  @ApiProperty({ example: '105000' })
  donated: string;
}

export class LatestAllowanceDto extends AllowanceDayDto {
  /** The first of those who got it, by account id; all of them at /v1/grid/allowances/{day}. */
  @ApiProperty({ type: [AllowanceDto] })
  list: AllowanceDto[];
}

export class AllowanceDayPageDto {
  @ApiProperty({ type: [AllowanceDayDto] })
  data: AllowanceDayDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}

export class AllowancePageDto {
  @ApiProperty({ type: [AllowanceDto] })
  data: AllowanceDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}

export class GridDto {
  @ApiProperty({ example: '2026-11-25T12:00:00.019Z' })
  at: string;

  /** The policy's preset; all of it at /v1/limits. */
  @ApiProperty({ example: 'production' })
  policy: string;

  /** People who must approve an adjustment of the books: 2, or 1 on a one-person site. */
  @ApiProperty({ example: 2 })
  approvals: number;

  @ApiProperty({ type: CapacityDto })
  capacity: CapacityDto;

  @ApiProperty({ type: QueueDto })
  queue: QueueDto;

  @ApiProperty({ type: ThroughputDto })
  throughput: ThroughputDto;

  /** R by assurance: what a job is charged, in units. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { fast: '1.10', standard: '1.30', high: '3.00', strict: '3.00' },
  })
  rates: Record<string, string>;

  /** Share of bad nodes that verdicts assume. */
  @ApiProperty({ example: 0.2 })
  assumedBadShare: number;

  @ApiProperty({ type: GridBalancesDto })
  balances: GridBalancesDto;

  @ApiProperty({ type: CreditLinesDto })
  creditLines: CreditLinesDto;

  @ApiProperty({ type: DonationsDto })
  donations: DonationsDto;

  /** The latest day; null before the first. */
  @ApiProperty({ type: LatestAllowanceDto, nullable: true })
  allowance: LatestAllowanceDto | null;
}
