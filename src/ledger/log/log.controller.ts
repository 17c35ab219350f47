import { Controller, Get, Header, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { formatVerifierKey } from '#libs/transparency/checkpoint.js';
import { parseTilePath, TILE_WIDTH } from '#libs/transparency/tile-path.js';
import { DomainError, invalidField } from '../../http/domain-error.js';
import { PageQuery } from '../../http/page-query.dto.js';
import { Cursors, page } from '../../http/paging.js';
import { Refuses } from '../../http/refuses.js';
import {
  type CheckpointDto,
  CheckpointPageDto,
  ConsistencyProofDto,
  ConsistencyQuery,
  InclusionProofDto,
  InclusionQuery,
  LogKeysDto,
} from './log.dto.js';
import { LogKeys } from './log-keys.js';
import { ReadLog, type StoredCheckpoint } from './read-log.js';

/** What is signed or complete never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable';
const FOR_A_DAY = 'public, max-age=86400';
/** A checkpoint is the newest for a second. */
const FOR_A_SECOND = 'public, max-age=1';
const CHECKPOINTS = { list: 'log-checkpoints' };
const NOTE_EXAMPLE = `localhost:3000/v1/log
2048
5/OxYCIWPASUkJB6mj9TSQ8bmhrOGA8Dk6TcYBbnF8A=

— localhost:3000/v1/log x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`;

@ApiTags('Public log')
@Controller('v1/log')
export class LogController {
  constructor(
    private readonly readLog: ReadLog,
    private readonly keys: LogKeys,
    private readonly cursors: Cursors,
  ) {}

  @Get('checkpoint')
  @Header('Cache-Control', FOR_A_SECOND)
  @Header('Content-Type', 'text/plain; charset=utf-8')
  @ApiOperation({
    operationId: 'getCheckpoint',
    summary: 'The newest checkpoint: size and root of the log, signed (C2SP tlog-checkpoint)',
    description: 'A new one each second in which a transfer was posted. 404 until the first.',
  })
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' }, example: NOTE_EXAMPLE } } })
  @Refuses('not_found')
  async checkpoint(): Promise<string> {
    const checkpoint = await this.readLog.latestCheckpoint();
    if (!checkpoint) throw new DomainError('not_found', 'the log has no checkpoint yet; one follows the first transfer');
    return checkpoint.note;
  }

  @Get('checkpoints')
  @ApiOperation({ operationId: 'listCheckpoints', summary: 'Every checkpoint that was ever published, newest first' })
  async checkpoints(@Query() query: PageQuery): Promise<CheckpointPageDto> {
    const after = this.cursors.decode(CHECKPOINTS, query.cursor);
    const rows = await this.readLog.checkpoints(after === undefined ? undefined : Number(after), query.limit + 1);
    const { data, nextAfter } = page(rows, query.limit, ({ size }) => String(size));
    return {
      data: data.map(checkpointDto),
      nextCursor: nextAfter === null ? null : this.cursors.encode(CHECKPOINTS, nextAfter),
    };
  }

  @Get('tile/:level/:index')
  @ApiOperation({
    operationId: 'getTile',
    summary: 'Up to 256 hashes of one level of the tree, 32 bytes each (C2SP tlog-tiles)',
    description: `A hash of level L stands for 256^L leaves. The index is written in groups of three digits, each but the last behind an x and
a slash of its own: 1234067 is \`x001/x234/067\`. A tile that is not full yet is asked for with its width, as \`067.p/17\`.`,
  })
  @ApiParam({ name: 'level', description: '0 to 6', example: '0' })
  @ApiParam({ name: 'index', description: 'Which 256 hashes of the level', example: '000' })
  @ApiOkResponse({ content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } })
  tile(
    @Param('level') level: string,
    @Param('index') index: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return this.tileAt(`${level}/${index}`, reply);
  }

  /** The same, with an index of several groups or a width: a template of OpenAPI has no word for "the rest of the path". */
  @Get('tile/*')
  @ApiExcludeEndpoint()
  deepTile(@Param('*') path: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<StreamableFile> {
    return this.tileAt(path, reply);
  }

  private async tileAt(path: string, reply: FastifyReply): Promise<StreamableFile> {
    const tile = parseTilePath(path);
    if (!tile)
      throw invalidField(
        { parameter: 'index' },
        'the address must be a tile’s, as tile/0/000, tile/0/x001/234 or tile/1/000.p/17',
      );
    const hashes = await this.readLog.tile(tile.level, tile.index, tile.width);
    if (!hashes) throw new DomainError('not_found', 'the log is not this long yet: no such tile');
    // A partial tile stays right, as the beginning of the full one, but nobody asks for it for long.
    void reply.header('Cache-Control', tile.width === TILE_WIDTH ? FOR_EVER : FOR_A_DAY);
    return new StreamableFile(hashes, { type: 'application/octet-stream', length: hashes.length });
  }

  @Get('proofs/inclusion')
  @ApiOperation({
    operationId: 'proveInclusion',
    summary: 'That a transfer is in the log: the path from its leaf to the root of a checkpoint (RFC 9162)',
  })
  @Refuses('not_found', 'proof_pending')
  async inclusion(@Query() query: InclusionQuery, @Res({ passthrough: true }) reply: FastifyReply): Promise<InclusionProofDto> {
    const size = query.size === undefined ? undefined : Number(query.size);
    const proof = await this.readLog.inclusion(BigInt(query.transfer), size);
    void reply.header('Cache-Control', size === undefined ? 'no-store' : FOR_EVER);
    return {
      transferId: proof.transferId,
      index: String(proof.index),
      size: String(proof.size),
      leafHash: proof.leafHash.toString('base64'),
      path: proof.path.map((hash) => hash.toString('base64')),
    };
  }

  @Get('proofs/consistency')
  @ApiOperation({
    operationId: 'proveConsistency',
    summary: 'That the log of one size begins with the log of a smaller one: nothing was changed, only added (RFC 9162)',
  })
  async consistency(
    @Query() { from, to }: ConsistencyQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConsistencyProofDto> {
    const path = await this.readLog.consistency(Number(from), Number(to));
    // Not by a decorator: a refusal must not be kept for ever.
    void reply.header('Cache-Control', FOR_EVER);
    return { from, to, path: path.map((hash) => hash.toString('base64')) };
  }

  @Get('keys')
  // Asked for by whoever meets a key it does not know: an old answer would look like a fork.
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'listLogKeys', summary: 'The keys that sign checkpoints, each announced by the one before it' })
  async logKeys(): Promise<LogKeysDto> {
    const keys = await this.keys.all();
    return {
      keys: keys.map((key, place) => ({
        vkey: formatVerifierKey(key),
        since: key.since.toISOString(),
        retiredAt: keys[place + 1]?.since.toISOString() ?? null,
        succession:
          key.succession === null
            ? null
            : {
                signedBy: formatVerifierKey(keys[place - 1] as (typeof keys)[number]),
                size: String(key.size),
                signature: key.succession.toString('base64'),
              },
      })),
    };
  }
}

function checkpointDto({ size, root, note, signedAt }: StoredCheckpoint): CheckpointDto {
  return { size: String(size), root: root.toString('base64'), note, signedAt: signedAt.toISOString() };
}
