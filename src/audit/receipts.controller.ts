import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { decodeId } from '#libs/signing/ids.js';
import { type Caller, CurrentCaller } from '../http/caller.js';
import { DomainError } from '../http/domain-error.js';
import { Refuses } from '../http/refuses.js';
import { RequireScopes } from '../http/require-scopes.js';
import { MakeReceipt } from './make-receipt.js';
import { ReceiptDto, ReceiptQuery } from './receipt.dto.js';

@ApiTags('Jobs')
@Controller('v1/jobs')
export class ReceiptsController {
  constructor(private readonly makeReceipt: MakeReceipt) {}

  @Get(':id/receipt')
  @RequireScopes('jobs:read')
  @ApiOperation({
    operationId: 'getReceipt',
    summary: 'The job’s portable proof: what nodes signed and its place in the public log; an auditor’s key reads any job’s',
  })
  @ApiParam({ name: 'id', description: 'The job’s id', example: 'job_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  @Refuses('job_not_settled', 'receipt_pending', 'no_receipt')
  receipt(@CurrentCaller() caller: Caller, @Param('id') id: string, @Query() { revision }: ReceiptQuery): Promise<ReceiptDto> {
    const jobId = decodeId('job', id);
    if (jobId === undefined) throw new DomainError('not_found', `${id.slice(0, 64)} is not the id of a job (job_…)`);
    return this.makeReceipt.run(caller, jobId, revision);
  }
}
