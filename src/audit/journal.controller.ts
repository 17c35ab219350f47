import { Readable } from 'node:stream';
import { Controller, Get, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RequireScopes } from '../http/require-scopes.js';
import { ExportJournal } from '../ledger/journal/export-journal.js';
import { NEXT_CURSOR, THIS_CURSOR, TREE_SIZE } from '../ledger/journal/journal-headers.js';
import { mediaTypes } from '../ledger/journal/write-document.js';
import { JournalQuery } from './journal.dto.js';

const text = (example: string) => ({ schema: { type: 'string' as const }, example });

@ApiTags('Audit')
@Controller('v1/audit/journal')
export class JournalController {
  constructor(private readonly exportJournal: ExportJournal) {}

  @Get()
  @RequireScopes('ledger:audit')
  @ApiOperation({
    operationId: 'exportJournal',
    summary: 'All transfers in the order (UTC day, id), in files of at most 100,000; for hledger and ledger too',
    description:
      'Streamed. The first file fixes the tree, and cursors keep it: the files of one export fit together, and a file asked for again is the same to the byte. A file without its last line (ndjson and CSV: end; journal: “; end:”) was cut.',
  })
  @ApiOkResponse({
    headers: { 'Tree-Size': TREE_SIZE, Cursor: THIS_CURSOR, 'Next-Cursor': NEXT_CURSOR },
    content: {
      'application/x-ndjson': text('{"type":"header","origin":"http://localhost:3000","treeSize":"1042",…}'),
      'text/csv': text('record,index,transferId,createdAt,kind,…'),
      'text/plain': text('; Potluck general journal'),
    },
  })
  async journal(@Query() query: JournalQuery, @Res({ passthrough: true }) reply: FastifyReply): Promise<StreamableFile> {
    const { treeSize, cursor, nextCursor, body } = await this.exportJournal.run(query, new Date());
    void reply.header('Tree-Size', treeSize).header('Cursor', cursor);
    if (nextCursor !== null) void reply.header('Next-Cursor', nextCursor);
    return new StreamableFile(Readable.from(body), { type: mediaTypes[query.format] });
  }
}
