import { Body, Controller, Get, Header, Param, Patch, Post, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { formatDigest, parseDigest } from '#libs/signing/digest.js';
import { encodeId } from '#libs/signing/ids.js';
import { type Caller, CurrentCaller } from '../http/caller.js';
import { ClientAddress } from '../http/client-address.js';
import { codeBytes } from '../http/code-bytes.js';
import { DomainError } from '../http/domain-error.js';
import { IdempotencyKey, type KeyedRequest } from '../http/idempotency-key.js';
import { PageQuery } from '../http/page-query.dto.js';
import { Cursors, page } from '../http/paging.js';
import { Refuses } from '../http/refuses.js';
import { RequireScopes } from '../http/require-scopes.js';
import { TakesIdempotencyKey } from '../http/takes-idempotency-key.js';
import { DeployFunction } from './deploy-function.js';
import {
  DeployFunctionDto,
  FunctionDto,
  FunctionPageDto,
  SetCurrentVersionDto,
  VersionDto,
  VersionPageDto,
} from './functions.dto.js';
import { Functions, type FunctionVersion } from './functions.js';
import { Versions } from './versions.js';

const LOCATION = { Location: { schema: { type: 'string' as const }, description: 'The function' } };

@ApiTags('Functions')
@Controller('v1/functions')
export class FunctionsController {
  constructor(
    private readonly deployFunction: DeployFunction,
    private readonly functions: Functions,
    private readonly versions: Versions,
    private readonly cursors: Cursors,
  ) {}

  @Post()
  @RequireScopes('functions:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    operationId: 'deployFunction',
    summary: 'Deploy a version; code is readable by the strangers who run it; put no secrets into it',
    description:
      'The version is tried once before it is taken: JavaScript must be a module whose default export is a function; WebAssembly must be valid, import nothing but the allowed part of WASI, and export what its ABI asks for. The same code again answers the version that is there.',
  })
  @Refuses('function_invalid', 'limit_reached', 'rate_limited', 'referee_busy', 'not_found')
  @ApiCreatedResponse({ type: VersionDto, description: 'A new version', headers: LOCATION })
  @ApiOkResponse({ type: VersionDto, description: 'The version was there already', headers: LOCATION })
  async deploy(
    @CurrentCaller() { accountId }: Caller,
    @IdempotencyKey() keyed: KeyedRequest,
    @ClientAddress() address: string,
    @Body() body: DeployFunctionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VersionDto> {
    const { version, created, replayed } = await this.deployFunction.run({ accountId, address, body, keyed });
    if (replayed) void reply.header('Idempotency-Replayed', 'true');
    void reply.status(created ? 201 : 200).header('Location', `/v1/functions/${version.name}`);
    return versionView(version);
  }

  @Get()
  @RequireScopes('functions:read')
  @ApiOperation({ operationId: 'listFunctions', summary: 'The account’s functions, newest first' })
  async list(@CurrentCaller() { accountId }: Caller, @Query() { limit, cursor }: PageQuery): Promise<FunctionPageDto> {
    const filters = { functions: accountId };
    const rows = await this.functions.page(accountId, this.cursors.decode(filters, cursor), limit + 1);
    const { data, nextAfter } = page(rows, limit, ({ functionId }) => functionId);
    return { data: data.map(functionView), nextCursor: nextAfter === null ? null : this.cursors.encode(filters, nextAfter) };
  }

  @Get(':name')
  @RequireScopes('functions:read')
  @ApiOperation({ operationId: 'getFunction', summary: 'One function with its current version' })
  @ApiParam({ name: 'name', description: 'The function’s name', example: 'primes' })
  async get(@CurrentCaller() { accountId }: Caller, @Param('name') name: string): Promise<FunctionDto> {
    return functionView(found(await this.functions.current(accountId, name), name));
  }

  @Patch(':name')
  @RequireScopes('functions:write')
  @ApiOperation({ operationId: 'setCurrentVersion', summary: 'Make another version the current one' })
  @ApiParam({ name: 'name', description: 'The function’s name', example: 'primes' })
  async setCurrent(
    @CurrentCaller() { accountId }: Caller,
    @Param('name') name: string,
    @Body() { current }: SetCurrentVersionDto,
  ): Promise<FunctionDto> {
    const version = found(
      await this.functions.byDigest(accountId, name, parseDigest(current) as Buffer),
      `${name} with version ${current}`,
    );
    await this.functions.setCurrent(accountId, name, version.versionId);
    this.versions.forgetCurrent();
    return functionView(found(await this.functions.current(accountId, name), name));
  }

  @Get(':name/versions')
  @RequireScopes('functions:read')
  @ApiOperation({ operationId: 'listVersions', summary: 'A function’s versions, newest first' })
  @ApiParam({ name: 'name', description: 'The function’s name', example: 'primes' })
  async listVersions(
    @CurrentCaller() { accountId }: Caller,
    @Param('name') name: string,
    @Query() { limit, cursor }: PageQuery,
  ): Promise<VersionPageDto> {
    found(await this.functions.current(accountId, name), name);
    const filters = { versions: accountId, name };
    const rows = await this.functions.versions(accountId, name, this.cursors.decode(filters, cursor), limit + 1);
    const { data, nextAfter } = page(rows, limit, ({ versionId }) => versionId);
    return { data: data.map(versionView), nextCursor: nextAfter === null ? null : this.cursors.encode(filters, nextAfter) };
  }

  @Get(':name/versions/:digest/code')
  @RequireScopes('functions:read')
  @Header('Content-Security-Policy', "sandbox; default-src 'none'")
  @ApiOperation({ operationId: 'getVersionCode', summary: 'The original bytes of a version’s code' })
  @ApiParam({ name: 'name', description: 'The function’s name', example: 'primes' })
  @ApiParam({
    name: 'digest',
    description: 'The digest of the code',
    example: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  })
  @ApiOkResponse(codeBytes)
  async code(
    @CurrentCaller() { accountId }: Caller,
    @Param('name') name: string,
    @Param('digest') text: string,
  ): Promise<StreamableFile> {
    const digest = parseDigest(text);
    const version = digest && (await this.functions.byDigest(accountId, name, digest));
    const code = version && (await this.versions.code(version.codeDigest));
    if (!code) throw new DomainError('not_found', 'no version of this function has this digest (sha256:<64 hex digits>)');
    return new StreamableFile(code.bytes, { type: 'application/octet-stream', length: code.bytes.length });
  }
}

function found(version: FunctionVersion | undefined, name: string): FunctionVersion {
  if (version) return version;
  throw new DomainError('not_found', `no function of this account is called ${name.slice(0, 160)}`);
}

const limitsView = ({ fuelLimit, memoryBytes, maxOutputBytes }: FunctionVersion) => ({
  fuelLimit: fuelLimit?.toString() ?? null,
  memoryBytes,
  maxOutputBytes,
});

function versionView(version: FunctionVersion): VersionDto {
  const digest = formatDigest(version.codeDigest);
  return {
    id: encodeId('ver', version.versionId),
    functionId: encodeId('fn', version.functionId),
    name: version.name,
    version: digest,
    codeDigest: digest,
    runtimeId: version.runtimeId,
    runtime: version.abi === 'js' ? 'js' : 'wasm',
    abi: version.abi,
    codeBytes: version.codeBytes,
    limits: limitsView(version),
    current: version.isCurrent,
    quarantined: version.quarantinedAt !== null,
    createdAt: version.createdAt.toISOString(),
  };
}

function functionView(version: FunctionVersion): FunctionDto {
  return {
    id: encodeId('fn', version.functionId),
    name: version.name,
    description: version.description,
    current: formatDigest(version.codeDigest),
    runtimeId: version.runtimeId,
    limits: limitsView(version),
    ...(version.sampleInput === null ? {} : { sampleInput: version.sampleInput }),
    createdAt: version.functionCreatedAt.toISOString(),
  };
}
