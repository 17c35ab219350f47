import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScopes } from '../http/require-scopes.js';
import { TrialBalanceDto } from '../ledger/ledger.dto.js';
import { ReadLedger } from '../ledger/read-ledger.js';
import { TrialBalanceQuery } from './audit.dto.js';

@ApiTags('Audit')
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly readLedger: ReadLedger) {}

  @Get('trial-balance')
  @RequireScopes('ledger:audit')
  @ApiOperation({ operationId: 'getTrialBalance', summary: 'All balances at a moment; they sum to 0' })
  trialBalance(@Query() { at }: TrialBalanceQuery): Promise<TrialBalanceDto> {
    return this.readLedger.trialBalance(at === undefined ? undefined : new Date(at));
  }
}
