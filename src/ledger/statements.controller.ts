import { Readable } from 'node:stream';
import { Controller, Get, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { decodeId } from '#libs/signing/ids.js';
import { type Caller, CurrentCaller } from '../http/caller.js';
import { DomainError } from '../http/domain-error.js';
import { Refuses } from '../http/refuses.js';
import { RequireScopes } from '../http/require-scopes.js';
import { TREE_SIZE } from './journal/journal-headers.js';
import { WriteStatement } from './journal/statement.js';
import { mediaTypes } from './journal/write-document.js';
import { StatementDto, StatementQuery } from './statement.dto.js';

@ApiTags('Ledger')
@Controller('v1/statements')
export class StatementsController {
  constructor(private readonly writeStatement: WriteStatement) {}

  @Get()
  @RequireScopes('ledger:read')
  @ApiExtraModels(StatementDto)
  @ApiOperation({
    operationId: 'getStatement',
    summary: 'Opening balances, every entry and closing balances of a period; for spreadsheets and for hledger too',
    description: 'Streamed. A JSON body that does not parse, or a file without its end, was cut: ask again.',
  })
  @ApiOkResponse({
    headers: { 'Tree-Size': TREE_SIZE },
    content: {
      'application/json': { schema: { $ref: getSchemaPath(StatementDto) } },
      'text/csv': { schema: { type: 'string' }, example: 'record,index,transferId,createdAt,kind,…' },
      'text/plain': { schema: { type: 'string' }, example: '; Potluck statement of acct_…' },
    },
  })
  @Refuses('not_found', 'insufficient_scope')
  async statement(
    @CurrentCaller() caller: Caller,
    @Query() { accountId, ...query }: StatementQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const seesAll = caller.scopes.includes('ledger:audit');
    const owner = accountId === undefined ? caller.accountId : decodeId('acct', accountId);
    if (owner === undefined) throw new DomainError('not_found', 'no account has this id (acct_…)');
    if (owner !== caller.accountId && !seesAll)
      throw new DomainError(
        'insufficient_scope',
        'another account’s statement takes a key with ledger:audit; leave accountId out for your own',
      );
    const { treeSize, body } = await this.writeStatement.run({ ...query, owner, seesAll }, new Date());
    void reply.header('Tree-Size', treeSize);
    const type = query.format === 'json' ? 'application/json; charset=utf-8' : mediaTypes[query.format];
    return new StreamableFile(Readable.from(body), { type });
  }
}
