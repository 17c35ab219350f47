import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentCaller } from '../http/caller.js';
import { DomainError } from '../http/domain-error.js';
import { Cursors, page } from '../http/paging.js';
import { Refuses } from '../http/refuses.js';
import { RequireScopes } from '../http/require-scopes.js';
import { type AccountCode, accountCodes, balanceCodeName } from './chart.js';
import { Freezing } from './freezing.js';
import { BalancesDto, EntriesQuery, EntryPageDto, TransferDto } from './ledger.dto.js';
import { Ledger } from './ledger.js';
import { type EntryPlaces, ReadLedger } from './read-ledger.js';

const TRANSFER_ID = /^[1-9]\d{0,17}$/;

@ApiTags('Ledger')
@Controller('v1/ledger')
export class LedgerController {
  constructor(
    private readonly ledger: Ledger,
    private readonly readLedger: ReadLedger,
    private readonly freezing: Freezing,
    private readonly cursors: Cursors,
  ) {}

  @Get('balances')
  @RequireScopes('ledger:read')
  @ApiOperation({ operationId: 'getBalances', summary: 'The account’s three balances' })
  @Refuses('not_found')
  async balances(@CurrentCaller() { accountId }: Caller): Promise<BalancesDto> {
    const balances = (await this.ledger.balances([accountId])).get(accountId);
    if (!balances) throw new DomainError('not_found', 'this account has no balances');
    const { availableMicro, heldMicro, stakeMicro, frozen } = balances;
    const freeze = frozen ? await this.freezing.latest(accountId) : undefined;
    return {
      available: availableMicro.toString(),
      held: heldMicro.toString(),
      stake: stakeMicro.toString(),
      frozen,
      ...(freeze?.frozen ? { frozenReason: freeze.reason, frozenSince: freeze.at.toISOString() } : {}),
    };
  }

  @Get('entries')
  @RequireScopes('ledger:read')
  @ApiOperation({ operationId: 'listEntries', summary: 'Every movement of the account’s balances, newest first' })
  async entries(@CurrentCaller() { accountId }: Caller, @Query() query: EntriesQuery): Promise<EntryPageDto> {
    const filters = { entries: accountId, code: query.code };
    const after = this.cursors.decode(filters, query.cursor);
    const places: EntryPlaces = after === undefined ? {} : (JSON.parse(after) as EntryPlaces);
    const codes: readonly AccountCode[] = query.code === undefined ? accountCodes : [query.code];
    const rows = await this.readLedger.entries(accountId, codes, places, query.limit + 1);
    const { data, nextAfter } = page(rows, query.limit, () => '');
    const next = { ...places };
    for (const row of data) next[balanceCodeName(row.code) as AccountCode] = row.seq;
    return {
      data: data.map((row) => this.readLedger.entryOf(row)),
      nextCursor: nextAfter === null ? null : this.cursors.encode(filters, JSON.stringify(next)),
    };
  }

  @Get('transfers/:id')
  @RequireScopes('ledger:read')
  @ApiOperation({ operationId: 'getTransfer', summary: 'One transfer that moved the account’s credits, with all its legs' })
  @ApiParam({ name: 'id', description: 'The transfer’s number', example: '1042' })
  async transfer(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<TransferDto> {
    const owner = caller.scopes.includes('ledger:audit') ? undefined : caller.accountId;
    const transfer = TRANSFER_ID.test(id) ? await this.readLedger.transfer(id, owner) : undefined;
    if (!transfer) throw new DomainError('not_found', 'no transfer of this account has this id; ids are whole numbers');
    return transfer;
  }
}
