import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { decodeId } from '#libs/signing/ids.js';
import { type Caller, CurrentCaller } from '../http/caller.js';
import { invalidField } from '../http/domain-error.js';
import { IdempotencyKey, type KeyedRequest } from '../http/idempotency-key.js';
import { Refuses } from '../http/refuses.js';
import { RequireScopes } from '../http/require-scopes.js';
import { TakesIdempotencyKey } from '../http/takes-idempotency-key.js';
import { GrantDto, GrantedDto } from './grant.dto.js';
import { GrantCredits } from './grant-credits.js';

@ApiTags('Accounts')
@Controller('v1/grants')
export class GrantsController {
  constructor(private readonly grantCredits: GrantCredits) {}

  @Post()
  @RequireScopes('admin')
  @TakesIdempotencyKey()
  @ApiOperation({ operationId: 'grantCredits', summary: 'Issue new credits to an account, to commons or to insurance' })
  @Refuses('not_found')
  async grant(
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() keyed: KeyedRequest,
    @Body() body: GrantDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GrantedDto> {
    const { to, amount, reason } = body;
    const { reference, replayed } = await this.grantCredits.run(
      { operatorId: caller.accountId, to: recipientOf(to), amountMicro: BigInt(amount), reason },
      keyed,
    );
    if (replayed) void reply.header('Idempotency-Replayed', 'true');
    return { reference, to, amount, reason };
  }
}

function recipientOf(to: string): { accountId: string } | 'commons' | 'insurance' {
  if (to === 'commons' || to === 'insurance') return to;
  const accountId = decodeId('acct', to);
  if (accountId === undefined) throw invalidField({ pointer: '/to' }, 'to is not the id of an account');
  return { accountId };
}
