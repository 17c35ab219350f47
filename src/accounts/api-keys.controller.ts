import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { decodeId, encodeId, newId } from '#libs/signing/ids.js';
import { Transaction } from '../database/transaction.js';
import { type Caller, CurrentCaller } from '../http/caller.js';
import { DomainError, invalidField } from '../http/domain-error.js';
import { Idempotency } from '../http/idempotency.js';
import { IdempotencyKey, type KeyedRequest } from '../http/idempotency-key.js';
import { PageQuery } from '../http/page-query.dto.js';
import { Cursors, page } from '../http/paging.js';
import { Refuses } from '../http/refuses.js';
import { RequireScopes } from '../http/require-scopes.js';
import { TakesIdempotencyKey } from '../http/takes-idempotency-key.js';
import { ApiKeyDto, ApiKeyPageDto, IssueApiKeyDto, IssuedApiKeyDto } from './accounts.dto.js';
import { type ApiKey, ApiKeys } from './api-keys.js';

const MOST_KEYS = 100;

@ApiTags('Accounts')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(
    private readonly apiKeys: ApiKeys,
    private readonly transaction: Transaction,
    private readonly idempotency: Idempotency,
    private readonly cursors: Cursors,
  ) {}

  @Post()
  @RequireScopes()
  @TakesIdempotencyKey()
  @ApiOperation({ operationId: 'createApiKey', summary: 'Make a key with at most the scopes of the calling one; shown once' })
  @Refuses('limit_reached', 'not_found')
  async issue(
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() keyed: KeyedRequest,
    @Body() body: IssueApiKeyDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<IssuedApiKeyDto> {
    const scopes = body.scopes ?? [...caller.scopes];
    const beyond = scopes.filter((scope) => !caller.scopes.includes(scope));
    if (beyond.length > 0)
      throw new DomainError('insufficient_scope', `a key gives on only what it has; this one lacks ${beyond.join(', ')}`);
    const expiresAt = body.expiresAt === undefined ? undefined : new Date(body.expiresAt);
    if (expiresAt && expiresAt.getTime() <= Date.now())
      throw invalidField({ pointer: '/expiresAt' }, 'expiresAt must be in the future');
    const id = newId();
    const issued = await this.transaction.run(async (tx) => {
      const claim = await this.idempotency.claim(tx, {
        scope: caller.accountId,
        route: 'POST /v1/api-keys',
        ...keyed,
        resource: id,
      });
      if (claim.state === 'replay') return { replayOf: claim.resource };
      const keys = await this.apiKeys.page(caller.accountId, undefined, MOST_KEYS + 100);
      if (keys.filter(({ revokedAt }) => revokedAt === null).length >= MOST_KEYS) {
        throw new DomainError('limit_reached', `an account may have ${MOST_KEYS} keys; revoke one with DELETE /v1/api-keys/{id}`);
      }
      return this.apiKeys.issue(tx, {
        id,
        accountId: caller.accountId,
        scopes,
        name: body.name,
        expiresAt,
        allowedOrigins: body.allowedOrigins,
        dailySpendCapMicro: body.dailySpendCap === undefined ? undefined : BigInt(body.dailySpendCap),
      });
    });
    if (!('replayOf' in issued)) return issuedView(issued.key, issued.secret);
    const key = await this.apiKeys.byId(caller.accountId, issued.replayOf);
    if (!key) throw new DomainError('not_found', 'the key that this request made is gone');
    void reply.header('Idempotency-Replayed', 'true');
    return { ...issuedView(key, null), secretShown: true };
  }

  @Get()
  @RequireScopes()
  @ApiOperation({ operationId: 'listApiKeys', summary: 'The account’s keys, newest first, without their secrets' })
  async list(@CurrentCaller() { accountId }: Caller, @Query() { limit, cursor }: PageQuery): Promise<ApiKeyPageDto> {
    const filters = { keys: accountId };
    const rows = await this.apiKeys.page(accountId, this.cursors.decode(filters, cursor), limit + 1);
    const { data, nextAfter } = page(rows, limit, ({ id }) => id);
    return { data: data.map(keyView), nextCursor: nextAfter === null ? null : this.cursors.encode(filters, nextAfter) };
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScopes()
  @ApiOperation({ operationId: 'revokeApiKey', summary: 'Revoke a key' })
  @ApiParam({ name: 'id', description: 'The key’s id', example: 'key_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  async revoke(@CurrentCaller() { accountId }: Caller, @Param('id') text: string): Promise<void> {
    const id = decodeId('key', text);
    if (id === undefined || !(await this.apiKeys.revoke(accountId, id)))
      throw new DomainError('not_found', 'no key of this account has this id (key_…)');
  }
}

function issuedView(key: ApiKey, secret: string | null): IssuedApiKeyDto {
  return {
    id: encodeId('key', key.id),
    secret,
    scopes: key.scopes,
    name: key.name,
    expiresAt: key.expiresAt?.toISOString() ?? null,
  };
}

function keyView(key: ApiKey): ApiKeyDto {
  return {
    id: encodeId('key', key.id),
    name: key.name,
    prefix: key.prefix,
    scopes: key.scopes,
    allowedOrigins: key.allowedOrigins,
    dailySpendCap: key.dailySpendCapMicro?.toString() ?? null,
    expiresAt: key.expiresAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
    createdAt: key.createdAt.toISOString(),
  };
}
