import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { decodeId, encodeId } from '#libs/signing/ids.js';
import { type Caller, CurrentCaller } from '../http/caller.js';
import { invalidField } from '../http/domain-error.js';
import { IdempotencyKey, type KeyedRequest } from '../http/idempotency-key.js';
import { PageQuery } from '../http/page-query.dto.js';
import { Cursors, page } from '../http/paging.js';
import { Refuses } from '../http/refuses.js';
import { RequireScopes } from '../http/require-scopes.js';
import { TakesIdempotencyKey } from '../http/takes-idempotency-key.js';
import { AdjustBooks, type Correction, unknownAdjustment } from './adjust-books.js';
import { AdjustmentDto, AdjustmentPageDto, ProposeAdjustmentDto } from './adjustments.dto.js';
import { type Adjustment, Adjustments } from './adjustments.js';

const ID = { name: 'id', description: 'The adjustment’s id', example: 'adj_01jd8w2v7qe3f9a2kq0v6m4xyz' };

@ApiTags('Audit')
@Controller('v1/audit/adjustments')
export class AdjustmentsController {
  constructor(
    private readonly adjustBooks: AdjustBooks,
    private readonly adjustments: Adjustments,
    private readonly cursors: Cursors,
  ) {}

  @Post()
  @RequireScopes('ledger:audit')
  @TakesIdempotencyKey()
  @ApiOperation({
    operationId: 'proposeAdjustment',
    summary: 'Propose to move credits by hand, or to undo a transfer',
    description:
      'Posted with the last of the approvals that the policy asks for (/v1/limits, supply.approvals). Where it asks for one, the proposal of a key with `admin` is its own approval.',
  })
  @Refuses(
    'not_found',
    'kind_not_allowed',
    'unbalanced',
    'overflow',
    'not_reversible',
    'insufficient_credits',
    'account_frozen',
    'conflict',
  )
  async propose(
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() keyed: KeyedRequest,
    @Body() body: ProposeAdjustmentDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AdjustmentDto> {
    return this.shown(await this.adjustBooks.propose(caller, correctionOf(body), keyed), reply);
  }

  @Post(':id/approve')
  @HttpCode(200)
  @RequireScopes('admin')
  @TakesIdempotencyKey()
  @ApiOperation({ operationId: 'approveAdjustment', summary: 'Approve an adjustment; the last approval posts it' })
  @ApiParam(ID)
  @Refuses(
    'forbidden',
    'kind_not_allowed',
    'unbalanced',
    'overflow',
    'not_reversible',
    'insufficient_credits',
    'account_frozen',
    'conflict',
  )
  async approve(
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() keyed: KeyedRequest,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AdjustmentDto> {
    return this.shown(await this.adjustBooks.approve(caller, idOf(id), keyed), reply);
  }

  @Delete(':id')
  @RequireScopes('ledger:audit')
  @ApiOperation({ operationId: 'rejectAdjustment', summary: 'Reject a proposal that waits, or withdraw one’s own' })
  @ApiParam(ID)
  @Refuses('conflict')
  async reject(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<AdjustmentDto> {
    await this.adjustBooks.reject(caller, idOf(id));
    return this.one(id);
  }

  @Get()
  @RequireScopes('ledger:audit')
  @ApiOperation({ operationId: 'listAdjustments', summary: 'Adjustments and reversals, newest first' })
  async list(@Query() { limit, cursor }: PageQuery): Promise<AdjustmentPageDto> {
    const filters = { adjustments: 'all' };
    const rows = await this.adjustments.page(this.cursors.decode(filters, cursor), limit + 1);
    const { data, nextAfter } = page(rows, limit, ({ id }) => id);
    return { data: data.map(viewOf), nextCursor: nextAfter === null ? null : this.cursors.encode(filters, nextAfter) };
  }

  @Get(':id')
  @RequireScopes('ledger:audit')
  @ApiOperation({ operationId: 'getAdjustment', summary: 'One adjustment, with its approvals and its transfer' })
  @ApiParam(ID)
  async one(@Param('id') id: string): Promise<AdjustmentDto> {
    const adjustment = await this.adjustments.byId(idOf(id));
    if (!adjustment) throw unknownAdjustment();
    return viewOf(adjustment);
  }

  private async shown({ id, replayed }: { id: string; replayed: boolean }, reply: FastifyReply): Promise<AdjustmentDto> {
    if (replayed) void reply.header('Idempotency-Replayed', 'true');
    return this.one(encodeId('adj', id));
  }
}

function correctionOf({ reason, legs, reverses }: ProposeAdjustmentDto): Correction {
  if (legs !== undefined && reverses === undefined)
    return { reason, legs: legs.map(({ balance, amount }) => ({ balance, amount })) };
  if (reverses !== undefined && legs === undefined) return { reason, reverses };
  throw invalidField({ pointer: legs === undefined ? '/legs' : '/reverses' }, 'send either legs or reverses');
}

function idOf(text: string): string {
  const id = decodeId('adj', text);
  if (id === undefined) throw unknownAdjustment();
  return id;
}

function viewOf(adjustment: Adjustment): AdjustmentDto {
  const { legs, reverses, transferId, endedBy, endedAt } = adjustment;
  const account = (id: string): string => encodeId('acct', id);
  return {
    id: encodeId('adj', adjustment.id),
    kind: reverses === null ? 'adjustment' : 'reversal',
    state: adjustment.state,
    reason: adjustment.reason,
    ...(legs === null ? {} : { legs }),
    ...(reverses === null ? {} : { reverses }),
    proposedBy: account(adjustment.proposedBy),
    proposedAt: adjustment.proposedAt.toISOString(),
    expiresAt: adjustment.expiresAt.toISOString(),
    approvalsNeeded: adjustment.approvalsNeeded,
    approvals: adjustment.approvals.map(({ by, at }) => ({ by: account(by), at })),
    ...(transferId === null ? {} : { transferId }),
    ...(endedBy === null ? {} : { endedBy: account(endedBy) }),
    ...(endedAt === null ? {} : { endedAt: endedAt.toISOString() }),
  };
}
