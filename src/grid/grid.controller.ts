import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { idleShare } from '#libs/credits/allowance.js';
import { encodeId } from '#libs/signing/ids.js';
import { dateOf, dayOfDate } from '../accounts/utc-days.js';
import { DomainError } from '../http/domain-error.js';
import { PageQuery } from '../http/page-query.dto.js';
import { Cursors, page } from '../http/paging.js';
import { Refuses } from '../http/refuses.js';
import { Settings } from '../settings/settings.js';
import { type AllowanceDay, type AllowanceRow, Allowances } from './allowances.js';
import type { AllowanceDayDto, AllowanceDto } from './grid.dto.js';
import { AllowanceDayPageDto, AllowancePageDto, GridDto } from './grid.dto.js';
import { type GridFacts, ReadGrid } from './read-grid.js';

const LISTED = 50;
const DAYS = { allowances: 'days' };

@ApiTags('Grid')
@Controller('v1/grid')
export class GridController {
  constructor(
    private readonly readGrid: ReadGrid,
    private readonly allowances: Allowances,
    private readonly cursors: Cursors,
    private readonly settings: Settings,
  ) {}

  @Get()
  @Header('Cache-Control', 'public, max-age=1')
  @ApiOperation({
    operationId: 'getGrid',
    summary: 'How the grid is: capacity, queue, throughput, rates, and where its credits are',
  })
  async grid(): Promise<GridDto> {
    const facts = await this.readGrid.run();
    const { allowance } = facts;
    const list = allowance ? await this.allowances.ofDay(allowance.day, LISTED) : [];
    const { policy } = this.settings;
    return {
      at: facts.at.toISOString(),
      policy: policy.name,
      approvals: policy.supply.approvals,
      capacity: capacityOf(facts),
      queue: { ready: facts.readyExecutions, open: facts.openJobs },
      throughput: { settledLastHour: facts.settled.lastHour, settledLastDay: facts.settled.lastDay },
      rates: Object.fromEntries(
        Object.entries(policy.assurances).map(([name, { rateHundredths }]) => [name, (rateHundredths / 100).toFixed(2)]),
      ),
      assumedBadShare: policy.credibility.assumedBadShare,
      balances: {
        commons: facts.commonsMicro.toString(),
        insurance: facts.insuranceMicro.toString(),
        issuance: facts.issuanceMicro.toString(),
        stakes: facts.stakesMicro.toString(),
      },
      creditLines: {
        accounts: facts.lines.accounts,
        total: facts.lines.totalMicro.toString(),
        owed: facts.lines.owedMicro.toString(),
        cap: facts.lines.capMicro.toString(),
      },
      donations: { last30Days: facts.donatedMicro.toString(), waiting: facts.undistributedMicro.toString() },
      allowance: allowance ? { ...dayView(allowance), list: list.map(allowanceView) } : null,
    };
  }

  @Get('allowances')
  @ApiOperation({ operationId: 'listAllowanceDays', summary: 'The allowance of each day, newest first' })
  async days(@Query() { limit, cursor }: PageQuery): Promise<AllowanceDayPageDto> {
    const before = this.cursors.decode(DAYS, cursor);
    const rows = await this.allowances.days(limit + 1, before === undefined ? undefined : Number(before));
    const { data, nextAfter } = page(rows, limit, ({ day }) => String(day));
    return { data: data.map(dayView), nextCursor: nextAfter === null ? null : this.cursors.encode(DAYS, nextAfter) };
  }

  @Get('allowances/:day')
  @ApiOperation({ operationId: 'listAllowances', summary: 'Who got what of one day’s allowance, by account id' })
  @ApiParam({ name: 'day', example: '2026-11-24' })
  @Refuses('not_found')
  async ofDay(@Param('day') date: string, @Query() { limit, cursor }: PageQuery): Promise<AllowancePageDto> {
    const day = /^\d{4}-\d{2}-\d{2}$/.test(date) ? dayOfDate(date) : Number.NaN;
    if (Number.isNaN(day) || !(await this.allowances.day(day)))
      throw new DomainError('not_found', 'no allowance was planned for this day; days are UTC dates, as in /v1/grid/allowances');
    const filters = { allowances: day };
    const rows = await this.allowances.ofDay(day, limit + 1, this.cursors.decode(filters, cursor));
    const { data, nextAfter } = page(rows, limit, ({ accountId }) => accountId);
    return { data: data.map(allowanceView), nextCursor: nextAfter === null ? null : this.cursors.encode(filters, nextAfter) };
  }
}

function capacityOf({ nodes }: GridFacts): GridDto['capacity'] {
  const of = (stage: string): number => nodes.find((group) => group.stage === stage)?.nodes ?? 0;
  return {
    nodesOnline: { probation: of('probation'), participant: of('participant'), suspended: of('suspended') },
    threads: nodes.reduce((sum, group) => (group.stage === 'suspended' ? sum : sum + group.threads), 0),
  };
}

function dayView(day: AllowanceDay): AllowanceDayDto {
  return {
    day: dateOf(day.day),
    idleShare: Math.round(idleShare(day) * 1e4) / 1e4,
    eligible: day.eligible,
    issued: day.issuedMicro.toString(),
    donated: day.donatedMicro.toString(),
    postedAt: day.postedAt?.toISOString() ?? null,
  };
}

function allowanceView({ accountId, issuedMicro, donatedMicro }: AllowanceRow): AllowanceDto {
  return { accountId: encodeId('acct', accountId), issued: issuedMicro.toString(), donated: donatedMicro.toString() };
}
