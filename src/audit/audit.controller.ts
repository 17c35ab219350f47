import { Readable } from 'node:stream';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { pastMoment } from '../http/moments.js';
import { RequireScopes } from '../http/require-scopes.js';
import { TrialBalances } from '../ledger/trial-balance.js';
import { IntegrityDto, IntegrityQuery, TrialBalanceDto, TrialBalanceQuery } from './audit.dto.js';
import { CheckBooks } from './check-books.js';

@ApiTags('Audit')
@Controller('v1/audit')
export class AuditController {
  constructor(
    private readonly trialBalances: TrialBalances,
    private readonly checkBooks: CheckBooks,
  ) {}

  @Get('trial-balance')
  @RequireScopes('ledger:audit')
  @ApiOperation({ operationId: 'getTrialBalance', summary: 'All balances at a moment; they sum to 0' })
  @ApiOkResponse({ type: TrialBalanceDto })
  async trialBalance(@Query() { at }: TrialBalanceQuery): Promise<StreamableFile> {
    const { text } = await this.trialBalances.run(at === undefined ? undefined : pastMoment('at', at, new Date()));
    return new StreamableFile(Readable.from(text), { type: 'application/json; charset=utf-8' });
  }

  @Get('integrity')
  @RequireScopes('ledger:audit')
  @ApiOperation({ operationId: 'checkIntegrity', summary: 'The laws of the books: as last checked, or all of them now' })
  integrity(@Query() { full }: IntegrityQuery): Promise<IntegrityDto> {
    return full === 'true' ? this.checkBooks.full() : this.checkBooks.report();
  }
}
