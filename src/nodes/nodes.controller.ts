import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiExtension, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { decodeId, encodeId, newId } from '#libs/signing/ids.js';
import { ApiKeys } from '../accounts/api-keys.js';
import { Transaction } from '../database/transaction.js';
import { type Caller, CurrentCaller } from '../http/caller.js';
import { ClientAddress } from '../http/client-address.js';
import { DomainError, invalidField } from '../http/domain-error.js';
import { Idempotency } from '../http/idempotency.js';
import { IdempotencyKey, type KeyedRequest } from '../http/idempotency-key.js';
import { PageQuery } from '../http/page-query.dto.js';
import { Cursors, page } from '../http/paging.js';
import { Refuses } from '../http/refuses.js';
import { RequireScopes } from '../http/require-scopes.js';
import { TakesIdempotencyKey } from '../http/takes-idempotency-key.js';
import { Settings } from '../settings/settings.js';
import { Enrolments } from './enrolments.js';
import { NodeRecords } from './node-records.js';
import { EnrolmentDto, NodeDto, NodePageDto, RegisteredNodeDto, RegisterNodeDto, UpdateNodeDto } from './nodes.dto.js';
import { Nodes, type VolunteerNode } from './nodes.js';
import { RegisterNode } from './register-node.js';
import { ShowNodes } from './show-nodes.js';

const NODE_ID = { name: 'id', description: 'The node’s id', example: 'node_01jd8w2v7qe3f9a2kq0v6m4xyz' };
const LOCATION = { Location: { schema: { type: 'string' as const }, description: 'The node' } };

@ApiTags('Nodes')
@Controller('v1')
export class NodesController {
  constructor(
    private readonly transaction: Transaction,
    private readonly idempotency: Idempotency,
    private readonly apiKeys: ApiKeys,
    private readonly enrolments: Enrolments,
    private readonly registerNode: RegisterNode,
    private readonly nodes: Nodes,
    private readonly nodeRecords: NodeRecords,
    private readonly showNodes: ShowNodes,
    private readonly cursors: Cursors,
    private readonly settings: Settings,
  ) {}

  @Post('node-enrolments')
  @RequireScopes('nodes:enrol')
  @TakesIdempotencyKey()
  @ApiOperation({
    operationId: 'createEnrolment',
    summary: 'Make a single-use token by which a machine becomes a node; shown once',
  })
  @Refuses('not_found')
  async enrol(
    @CurrentCaller() { accountId }: Caller,
    @IdempotencyKey() keyed: KeyedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EnrolmentDto> {
    const id = newId();
    const made = await this.transaction.run(async (tx) => {
      const claim = await this.idempotency.claim(tx, {
        scope: accountId,
        route: 'POST /v1/node-enrolments',
        ...keyed,
        resource: id,
      });
      if (claim.state === 'fresh') return this.enrolments.issue(tx, accountId, id);
      const enrolment = await this.enrolments.byId(tx, accountId, claim.resource);
      if (!enrolment) throw new DomainError('not_found', 'the token that this request made is gone');
      return { enrolment, token: null };
    });
    if (made.token === null) void reply.header('Idempotency-Replayed', 'true');
    return {
      id: encodeId('enrol', made.enrolment.id),
      token: made.token,
      ...(made.token === null ? { secretShown: true } : {}),
      expiresAt: made.enrolment.expiresAt.toISOString(),
    };
  }

  @Post('nodes')
  @ApiOperation({
    operationId: 'registerNode',
    summary: 'Register a machine by its key, with an enrolment token or an API key that has nodes:enrol',
    security: [{}, { apiKey: [] }],
  })
  @ApiExtension('x-scopes', ['nodes:enrol'])
  @Refuses('enrolment_invalid', 'signature_invalid', 'conflict', 'limit_reached')
  @ApiCreatedResponse({ type: RegisteredNodeDto, description: 'A new node', headers: LOCATION })
  @ApiOkResponse({ type: RegisteredNodeDto, description: 'The account has registered this key before', headers: LOCATION })
  async register(
    @Body() body: RegisterNodeDto,
    @Headers('authorization') authorization: string | undefined,
    @ClientAddress() address: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RegisteredNodeDto> {
    const { name, publicKey, proof, timestamp, enrolment, region } = body;
    const accountId = enrolment === undefined ? await this.accountOf(authorization) : undefined;
    const { node, created } = await this.registerNode.run({
      name,
      publicKey,
      proof,
      timestamp,
      enrolment,
      region: region ?? null,
      accountId,
      address,
    });
    void reply.status(created ? 201 : 200).header('Location', `/v1/nodes/${encodeId('node', node.id)}`);
    const [view] = await this.showNodes.views([node]);
    return { node: view as NodeDto, origin: this.settings.publicOrigin };
  }

  @Get('nodes')
  @RequireScopes('nodes:read')
  @ApiOperation({ operationId: 'listNodes', summary: 'The account’s nodes, newest first' })
  async list(@CurrentCaller() { accountId }: Caller, @Query() { limit, cursor }: PageQuery): Promise<NodePageDto> {
    const filters = { nodes: accountId };
    const rows = await this.nodes.page(accountId, this.cursors.decode(filters, cursor), limit + 1);
    const { data, nextAfter } = page(rows, limit, ({ id }) => id);
    return {
      data: await this.showNodes.views(data),
      nextCursor: nextAfter === null ? null : this.cursors.encode(filters, nextAfter),
    };
  }

  @Get('nodes/:id')
  @RequireScopes('nodes:read')
  @ApiOperation({ operationId: 'getNode', summary: 'One node: stage, figures, what is missing, recent lapses' })
  @ApiParam(NODE_ID)
  async get(@CurrentCaller() { accountId }: Caller, @Param('id') id: string): Promise<NodeDto> {
    return this.showNodes.detailed(await this.found(accountId, id));
  }

  @Patch('nodes/:id')
  @RequireScopes('nodes:write')
  @ApiOperation({ operationId: 'updateNode', summary: 'Rename or pause a node' })
  @ApiParam(NODE_ID)
  async update(@CurrentCaller() { accountId }: Caller, @Param('id') id: string, @Body() body: UpdateNodeDto): Promise<NodeDto> {
    const { id: nodeId } = await this.found(accountId, id);
    const node = await this.nodes.update(accountId, nodeId, body);
    return this.showNodes.detailed(node as VolunteerNode);
  }

  @Post('nodes/:id/revoke')
  @HttpCode(200)
  @RequireScopes('nodes:write')
  @ApiOperation({ operationId: 'revokeNode', summary: 'Revoke a node’s key, as when its machine is lost; its open leases lapse' })
  @ApiParam(NODE_ID)
  async revoke(@CurrentCaller() { accountId }: Caller, @Param('id') id: string): Promise<NodeDto> {
    const node = await this.found(accountId, id);
    await this.transaction.run((tx) => this.nodes.revoke(tx, node.id));
    return this.showNodes.detailed(await this.found(accountId, id));
  }

  @Delete('nodes/:id')
  @HttpCode(204)
  @RequireScopes('nodes:write')
  @ApiOperation({ operationId: 'retireNode', summary: 'Retire a node for good' })
  @ApiParam(NODE_ID)
  async retire(@CurrentCaller() { accountId }: Caller, @Param('id') id: string): Promise<void> {
    const node = await this.found(accountId, id);
    await this.transaction.run(async (tx) => {
      await this.nodes.revoke(tx, node.id);
      await this.nodeRecords.retire(tx, node.id);
    });
  }

  private async accountOf(authorization: string | undefined): Promise<string> {
    const secret = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    if (secret === undefined)
      throw invalidField({ pointer: '/enrolment' }, 'send an enrolment token, or an API key as Authorization: Bearer plk_…');
    const caller = await this.apiKeys.callerOf(secret);
    if (!caller) throw new DomainError('unauthorized', 'this API key is unknown, expired or revoked');
    if (!caller.scopes.includes('nodes:enrol')) throw new DomainError('insufficient_scope', 'this key lacks nodes:enrol');
    return caller.accountId;
  }

  private async found(accountId: string, text: string): Promise<VolunteerNode> {
    const id = decodeId('node', text);
    const node = id === undefined ? undefined : await this.nodes.byId(accountId, id);
    if (!node) throw new DomainError('not_found', 'no node of this account has this id (node_…)');
    return node;
  }
}
