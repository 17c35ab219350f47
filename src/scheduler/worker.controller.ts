import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { decodeId } from '#libs/signing/ids.js';
import { Versions } from '../functions/versions.js';
import { CurrentNode, type NodeCaller } from '../http/caller.js';
import { codeBytes } from '../http/code-bytes.js';
import { DomainError } from '../http/domain-error.js';
import type { RawRequest } from '../http/read-body.js';
import { SignedByNode } from '../http/signed-by-node.js';
import { recordOf } from '../nodes/signed-request.js';
import { Beat } from './beat.js';
import { ExitNode } from './exit-node.js';
import { PollLeases } from './poll-leases.js';
import { ExitDto, HeartbeatDto, PollLeasesDto, WaitQuery } from './worker.dto.js';
import { ExitAnswerDto, HeartbeatAnswerDto, PollAnswerDto } from './worker-answers.dto.js';

/** What a volunteer's worker calls; every call is signed with its node's key (RFC 9421). */
@ApiTags('Worker protocol')
@SignedByNode()
@Controller('v1/worker')
export class WorkerController {
  constructor(
    private readonly pollLeases: PollLeases,
    private readonly beat: Beat,
    private readonly exitNode: ExitNode,
    private readonly versions: Versions,
  ) {}

  @Post('leases')
  @HttpCode(200)
  @ApiOperation({ operationId: 'pollLeases', summary: 'Wait for tasks; the same requestId answers the same leases' })
  async leases(
    @CurrentNode() node: NodeCaller,
    @Body() body: PollLeasesDto,
    @Query() query: WaitQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PollAnswerDto> {
    return this.pollLeases.run(node, {
      requestId: body.requestId,
      have: leaseIds(body.have, '/have'),
      slots: body.slots,
      threads: body.threads,
      runtimes: body.runtimes,
      waitMs: query.wait * 1_000,
      onGone: (callback) => reply.raw.once('close', callback),
    });
  }

  @Post('heartbeat')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'sendHeartbeat',
    summary:
      'Say that the node is there and what it knows of the log; learn which leases are of no use, and the log’s last checkpoint',
  })
  async heartbeat(
    @CurrentNode() node: NodeCaller,
    @Body() body: HeartbeatDto,
    @Req() request: RawRequest,
  ): Promise<HeartbeatAnswerDto> {
    const { checkpoint } = body;
    const seen = checkpoint ? { size: BigInt(checkpoint.size), root: Buffer.from(checkpoint.root, 'base64') } : undefined;
    return this.beat.run(node, { running: leaseIds(body.running, '/running'), seen, request: () => recordOf(request) });
  }

  @Post('exit')
  @HttpCode(200)
  @ApiOperation({ operationId: 'exitNode', summary: 'Leave in good order: give back what is not finished' })
  async exit(@CurrentNode() node: NodeCaller, @Body() body: ExitDto): Promise<ExitAnswerDto> {
    return this.exitNode.run(node, leaseIds(body.returned, '/returned'));
  }

  @Get('code/:digest')
  @Header('Cache-Control', 'private, max-age=31536000, immutable')
  @ApiOperation({ operationId: 'getWorkerCode', summary: 'The original bytes of a version’s code' })
  @ApiParam({
    name: 'digest',
    description: 'The lease’s codeDigest',
    example: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  })
  @ApiOkResponse(codeBytes)
  async code(@Param('digest') digestText: string): Promise<StreamableFile> {
    const code = await this.versions.codeByDigestText(digestText);
    if (!code) throw new DomainError('not_found', 'no version has this digest; digests are sha256:<64 hex digits>');
    return new StreamableFile(code.bytes, { type: 'application/octet-stream', length: code.bytes.length });
  }
}

function leaseIds(texts: string[], pointer: string): string[] {
  return texts.map((text, place) => {
    const id = decodeId('lease', text);
    if (id !== undefined) return id;
    const detail = 'must be the id of a lease (lease_…)';
    throw new DomainError('validation_failed', `${pointer.slice(1)}[${place}] ${detail}`, {
      errors: [{ pointer: `${pointer}/${place}`, detail }],
    });
  });
}
