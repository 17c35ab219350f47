import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { decodeId, encodeId } from '#libs/signing/ids.js';
import { type Caller, CurrentCaller } from '../http/caller.js';
import { DomainError, invalidField } from '../http/domain-error.js';
import { IdempotencyKey, type KeyedRequest } from '../http/idempotency-key.js';
import { PageQuery } from '../http/page-query.dto.js';
import { Cursors, page } from '../http/paging.js';
import { Refuses } from '../http/refuses.js';
import { RequireScopes } from '../http/require-scopes.js';
import { TakesIdempotencyKey } from '../http/takes-idempotency-key.js';
import { type Freeze, Freezing } from '../ledger/freezing.js';
import { FreezeDto, FreezePageDto, FreezeReasonDto } from './freeze.dto.js';
import { FreezeAccount } from './freeze-account.js';

@ApiTags('Accounts')
@Controller('v1/accounts/:id')
export class FreezesController {
  constructor(
    private readonly freezeAccount: FreezeAccount,
    private readonly freezing: Freezing,
    private readonly cursors: Cursors,
  ) {}

  @Post('freeze')
  @HttpCode(200)
  @RequireScopes('admin')
  @TakesIdempotencyKey()
  @ApiOperation({
    operationId: 'freezeAccount',
    summary: 'Refuse an account’s debits, except settle, release and slash; its credits stay',
  })
  @ApiParam({ name: 'id', description: 'The account’s id', example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  @Refuses('conflict')
  freeze(
    @Param('id') id: string,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() keyed: KeyedRequest,
    @Body() { reason }: FreezeReasonDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FreezeDto> {
    return this.change({ accountId: accountOf(id), frozen: true, operatorId: caller.accountId, reason }, keyed, reply);
  }

  @Post('unfreeze')
  @HttpCode(200)
  @RequireScopes('admin')
  @TakesIdempotencyKey()
  @ApiOperation({ operationId: 'unfreezeAccount', summary: 'Let a frozen account’s credits move again' })
  @ApiParam({ name: 'id', description: 'The account’s id', example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  @Refuses('conflict')
  unfreeze(
    @Param('id') id: string,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() keyed: KeyedRequest,
    @Body() { reason }: FreezeReasonDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FreezeDto> {
    return this.change({ accountId: accountOf(id), frozen: false, operatorId: caller.accountId, reason }, keyed, reply);
  }

  @Get('freezes')
  @RequireScopes('ledger:audit')
  @ApiOperation({ operationId: 'listFreezes', summary: 'Who froze and unfroze an account, when and why; newest first' })
  @ApiParam({ name: 'id', description: 'The account’s id', example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  async list(@Param('id') id: string, @Query() { limit, cursor }: PageQuery): Promise<FreezePageDto> {
    const accountId = accountOf(id);
    const filters = { freezes: accountId };
    const rows = await this.freezing.history(accountId, this.cursors.decode(filters, cursor), limit + 1);
    const { data, nextAfter } = page(rows, limit, (row) => row.id);
    return {
      data: data.map((row) => viewOf(accountId, row)),
      nextCursor: nextAfter === null ? null : this.cursors.encode(filters, nextAfter),
    };
  }

  private async change(
    change: { accountId: string; frozen: boolean; operatorId: string; reason: string },
    keyed: KeyedRequest,
    reply: FastifyReply,
  ): Promise<FreezeDto> {
    const { freeze, replayed } = await this.freezeAccount.run(change, keyed);
    if (replayed) void reply.header('Idempotency-Replayed', 'true');
    return viewOf(change.accountId, freeze);
  }
}

function accountOf(text: string): string {
  if (['issuance', 'commons', 'insurance'].includes(text))
    throw invalidField({ parameter: 'id' }, `${text} is the system’s own and cannot be frozen; name an account (acct_…)`);
  const id = decodeId('acct', text);
  if (id === undefined) throw new DomainError('not_found', 'no account has this id (acct_…)');
  return id;
}

function viewOf(accountId: string, { frozen, by, reason, at }: Freeze): FreezeDto {
  return { accountId: encodeId('acct', accountId), frozen, by: encodeId('acct', by), reason, at: at.toISOString() };
}
