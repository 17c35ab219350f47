import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { PageQuery } from '../http/page-query.dto.js';
import { Cursors, page } from '../http/paging.js';
import { RequireScopes } from '../http/require-scopes.js';
import { ReadPeriods } from '../ledger/periods/read-periods.js';
import { PeriodPageDto } from './period.dto.js';

const FILTERS = { periods: true };

@ApiTags('Audit')
@Controller('v1/audit/periods')
export class PeriodsController {
  constructor(
    private readonly periods: ReadPeriods,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @RequireScopes('ledger:audit')
  @ApiOperation({ operationId: 'listPeriods', summary: 'Closed days with what each kind moved, newest first' })
  async list(@Query() { limit, cursor }: PageQuery): Promise<PeriodPageDto> {
    const before = this.cursors.decode(FILTERS, cursor);
    const { data, nextAfter } = page(await this.periods.list(before, limit + 1), limit, ({ day }) => day);
    return { data, nextCursor: nextAfter === null ? null : this.cursors.encode(FILTERS, nextAfter) };
  }
}
