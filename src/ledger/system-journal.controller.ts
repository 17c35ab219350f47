import { Readable } from 'node:stream';
import { Controller, Get, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { JournalTransfer } from './journal/journal-document.js';
import { NEXT_CURSOR, TREE_SIZE } from './journal/journal-headers.js';
import { SystemJournal } from './journal/system-journal.js';
import { mediaTypes } from './journal/write-document.js';
import { SystemJournalDto, SystemJournalQuery, type SystemTransferDto } from './system-journal.dto.js';

@ApiTags('Transparency')
@Controller('v1/log/system-journal')
export class SystemJournalController {
  constructor(private readonly systemJournal: SystemJournal) {}

  @Get()
  @ApiExtraModels(SystemJournalDto)
  @ApiOperation({
    operationId: 'getSystemJournal',
    summary: 'Every movement of issuance, commons and insurance, oldest first; go on with nextCursor',
  })
  @ApiOkResponse({
    headers: { 'Tree-Size': TREE_SIZE, 'Next-Cursor': NEXT_CURSOR },
    content: {
      'application/json': { schema: { $ref: getSchemaPath(SystemJournalDto) } },
      'text/csv': { schema: { type: 'string' }, example: 'record,index,transferId,createdAt,kind,…' },
      'text/plain': { schema: { type: 'string' }, example: '; Potluck journals of issuance, commons and insurance' },
    },
  })
  async journal(
    @Query() { format, cursor, limit }: SystemJournalQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SystemJournalDto | StreamableFile> {
    const { treeSize, data, nextCursor, text } = await this.systemJournal.page(cursor, limit);
    void reply.header('Tree-Size', treeSize);
    if (nextCursor !== null) void reply.header('Next-Cursor', nextCursor);
    if (format === 'json') return { treeSize, data: data.map(viewOf), nextCursor };
    return new StreamableFile(Readable.from(text(format)), { type: mediaTypes[format] });
  }
}

function viewOf({ index, id, createdAt, kind, reference, memo, legs }: JournalTransfer): SystemTransferDto {
  return {
    ...{ index, id, createdAt, kind, reference },
    ...(memo === null ? {} : { memo }),
    legs: legs.flatMap(({ balance, amount, after }) => (after ? { balance, amount, ...after } : [])),
  };
}
