import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { encodeId } from '#libs/signing/ids.js';
import { PageQuery } from '../http/page-query.dto.js';
import { Cursors, page } from '../http/paging.js';
import { type CosignatureDto, CosignaturePageDto } from './cosignatures.dto.js';
import { Cosignatures, type KeptCosignature } from './cosignatures.js';

/** One filter for all pages: there is none to choose. */
const LIST = { list: 'cosignatures' };

@ApiTags('Public log')
@Controller('v1/log')
export class CosignaturesController {
  constructor(
    private readonly cosignatures: Cosignatures,
    private readonly cursors: Cursors,
  ) {}

  @Get('cosignatures')
  @Header('Cache-Control', 'public, max-age=1')
  @ApiOperation({
    operationId: 'listCosignatures',
    summary:
      'What volunteers’ nodes say of this log under their own signatures: the last word of each in each hour, newest hours first',
  })
  async list(@Query() { limit, cursor }: PageQuery): Promise<CosignaturePageDto> {
    const after = this.cursors.decode(LIST, cursor);
    const [hour = '', nodeId = '', known = ''] = after?.split(' ') ?? [];
    const place = after === undefined ? undefined : { hour, nodeId, known: known === 'true' };
    const { data, nextAfter } = page(await this.cosignatures.page(place, limit + 1), limit, placeOf);
    return { data: data.map(viewOf), nextCursor: nextAfter === null ? null : this.cursors.encode(LIST, nextAfter) };
  }
}

const placeOf = ({ hour, nodeId, known }: KeptCosignature): string => `${hour.toISOString()} ${nodeId} ${known}`;

function viewOf({ nodeId, publicKey, size, root, at, known, request }: KeptCosignature): CosignatureDto {
  return {
    nodeId: encodeId('node', nodeId),
    publicKey: publicKey.toString('base64'),
    size: size.toString(),
    root: root.toString('base64'),
    at: at.toISOString(),
    known,
    request,
  };
}
