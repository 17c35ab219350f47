import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { encodeId } from '#libs/signing/ids.js';
import { Transaction } from '../database/transaction.js';
import { type Caller, CurrentCaller } from '../http/caller.js';
import { ClientAddress } from '../http/client-address.js';
import { DomainError } from '../http/domain-error.js';
import { IdempotencyKey, type KeyedRequest } from '../http/idempotency-key.js';
import { Refuses } from '../http/refuses.js';
import { RequireScopes } from '../http/require-scopes.js';
import { TakesIdempotencyKey } from '../http/takes-idempotency-key.js';
import { AccountDto, RegisterAccountDto, RegisteredAccountDto, UpdateAccountDto } from './accounts.dto.js';
import { type Account, Accounts } from './accounts.js';
import { ApiKeys } from './api-keys.js';
import { RegisterAccount } from './register-account.js';

@ApiTags('Accounts')
@Controller('v1')
export class AccountsController {
  constructor(
    private readonly accounts: Accounts,
    private readonly apiKeys: ApiKeys,
    private readonly registerAccount: RegisterAccount,
    private readonly transaction: Transaction,
  ) {}

  @Post('accounts')
  @TakesIdempotencyKey()
  @ApiOperation({ operationId: 'createAccount', summary: 'Register; the answer shows the first API key, once' })
  @Refuses('registration_closed', 'rate_limited', 'not_found')
  async register(
    @Body() body: RegisterAccountDto,
    @IdempotencyKey() keyed: KeyedRequest,
    @ClientAddress() address: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RegisteredAccountDto> {
    const { account, key, secret } = await this.registerAccount.run({ name: body.name, email: body.email, address, keyed });
    if (secret === null) void reply.header('Idempotency-Replayed', 'true');
    return {
      account: accountView(account),
      apiKey: { id: encodeId('key', key.id), secret, ...(secret === null ? { secretShown: true } : {}), scopes: key.scopes },
    };
  }

  @Get('account')
  @RequireScopes()
  @ApiOperation({ operationId: 'getAccount', summary: 'The account of the calling key' })
  @Refuses('not_found')
  async get(@CurrentCaller() { accountId }: Caller): Promise<AccountDto> {
    return accountView(await this.found(accountId));
  }

  @Patch('account')
  @RequireScopes('nodes:write')
  @ApiOperation({ operationId: 'updateAccount', summary: 'Change name, e-mail address or the share that is donated' })
  @Refuses('not_found')
  async update(@CurrentCaller() { accountId }: Caller, @Body() body: UpdateAccountDto): Promise<AccountDto> {
    const account = await this.accounts.update(accountId, body);
    if (!account) throw new DomainError('not_found', 'this account is deleted');
    return accountView(account);
  }

  @Delete('account')
  @HttpCode(204)
  @RequireScopes('functions:write', 'jobs:write', 'nodes:write')
  @ApiOperation({
    operationId: 'deleteAccount',
    summary: 'Delete the account: its keys end, name and address are dropped, the books stay',
  })
  async remove(@CurrentCaller() { accountId }: Caller): Promise<void> {
    await this.transaction.run((tx) => this.accounts.remove(tx, accountId));
    this.apiKeys.forget();
  }

  private async found(accountId: string): Promise<Account> {
    const account = await this.accounts.byId(accountId);
    if (!account) throw new DomainError('not_found', 'this account is deleted');
    return account;
  }
}

function accountView({ id, name, email, role, donatePercent, createdAt }: Account): AccountDto {
  return { id: encodeId('acct', id), name, email, role, donatePercent, createdAt: createdAt.toISOString() };
}
