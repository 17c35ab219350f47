import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScopes } from '../http/require-scopes.js';
import { ReadLedger } from '../ledger/read-ledger.js';
import { IntegrityDto, IntegrityQuery, TrialBalanceDto, TrialBalanceQuery } from './audit.dto.js';
import { CheckBooks } from './check-books.js';

@ApiTags('Audit')
@Controller('v1/audit')
export class AuditController {
  constructor(
    private readonly readLedger: ReadLedger,
    private readonly checkBooks: CheckBooks,
  ) {}

  @Get('trial-balance')
  @RequireScopes('ledger:audit')
  @ApiOperation({ operationId: 'getTrialBalance', summary: 'All balances at a moment; they sum to 0' })
  trialBalance(@Query() { at }: TrialBalanceQuery): Promise<TrialBalanceDto> {
    return this.readLedger.trialBalance(at === undefined ? undefined : new Date(at));
  }

  @Get('integrity')
  @RequireScopes('ledger:audit')
  @ApiOperation({ operationId: 'checkIntegrity', summary: 'The laws of the books: as last checked, or all of them now' })
  integrity(@Query() { full }: IntegrityQuery): Promise<IntegrityDto> {
    return full === 'true' ? this.checkBooks.full() : this.checkBooks.report();
  }
}
