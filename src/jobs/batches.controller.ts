import { Readable } from 'node:stream';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res, StreamableFile } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { decodeId, encodeId, newId } from '#libs/signing/ids.js';
import { type Caller, CurrentCaller } from '../http/caller.js';
import { DomainError, invalidField } from '../http/domain-error.js';
import { exactJson } from '../http/exact-json.js';
import { IdempotencyKey, type KeyedRequest } from '../http/idempotency-key.js';
import type { RawRequest } from '../http/read-body.js';
import { Refuses } from '../http/refuses.js';
import { RequireScopes } from '../http/require-scopes.js';
import { TakesIdempotencyKey } from '../http/takes-idempotency-key.js';
import { Settings } from '../settings/settings.js';
import { BatchCountsDto, BatchDto, BatchResultDto, SubmitBatchDto } from './batch.dto.js';
import { BatchResultsQuery, SubmitBatchQuery } from './batch-query.dto.js';
import { type Batch, Batches, batchView } from './batches.js';
import { EndUnstartedJobs } from './end-unstarted-jobs.js';
import { openBatchExample } from './job-examples.js';
import { inputOfText, inputOfValue, type JobInput } from './job-input.js';
import { type JobOptions, optionsOfBody, optionsOfRequest } from './job-options.js';
import { holdOf } from './job-rows.js';
import { PrepareJob } from './prepare-job.js';
import { SubmitBatch } from './submit-batch.js';

interface BatchRequest {
  functionName: string;
  inputs: JobInput[];
  options: JobOptions;
}

const CANCELLED_PER_SET = 500;
const BATCH_ID = { name: 'id', description: 'The batch’s id', example: 'batch_01jd8w2v7qe3f9a2kq0v6m4xyz' };
const BATCH_BODY = {
  required: true,
  content: {
    'application/json': { schema: { $ref: getSchemaPath(SubmitBatchDto) } },
    'application/x-ndjson': {
      schema: { description: 'Each line is one input, any JSON value. Readable by the strangers who run it; send no secrets' },
      example: { below: 10 },
    },
  },
};

@ApiTags('Batches')
@Controller('v1/batches')
export class BatchesController {
  constructor(
    private readonly prepareJob: PrepareJob,
    private readonly submitBatch: SubmitBatch,
    private readonly batches: Batches,
    private readonly endUnstarted: EndUnstartedJobs,
    private readonly settings: Settings,
  ) {}

  @Post()
  @HttpCode(202)
  @RequireScopes('functions:invoke')
  @TakesIdempotencyKey()
  @ApiExtraModels(SubmitBatchDto, BatchResultDto)
  @ApiOperation({
    operationId: 'submitBatch',
    summary:
      'Submit up to 10,000 jobs under one hold, all or none; code and inputs are readable by the strangers who run them; send no secrets',
    description: 'JSON {function, inputs, …}, or application/x-ndjson with one input a line and the options in the query.',
    requestBody: BATCH_BODY,
  })
  @ApiAcceptedResponse({
    type: BatchDto,
    headers: { Location: { schema: { type: 'string' }, description: 'The batch' } },
    example: openBatchExample,
  })
  @Refuses('insufficient_credits', 'account_frozen', 'not_found', 'quarantined', 'conflict')
  async submit(
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() keyed: KeyedRequest,
    @Body() body: Record<string, unknown>,
    @Query() query: SubmitBatchQuery,
    @Req() request: RawRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BatchDto> {
    const asked = Buffer.isBuffer(body) ? this.ofLines(body, query, request) : this.ofBody(body);
    const { jobs, version } = await this.prepareJob.run({ accountId: caller.accountId, ...asked });
    const id = newId();
    const batch = { functionName: asked.functionName, versionId: version.versionId };
    const submission = {
      accountId: caller.accountId,
      keyId: caller.keyId,
      spendCapMicro: caller.dailySpendCapMicro,
      id,
      batch,
      jobs,
    };
    const { resource, replayed } = await this.submitBatch.add({
      ...submission,
      idempotency: { route: 'POST /v1/batches', ...keyed },
    });
    void reply.header('Location', `/v1/batches/${encodeId('batch', resource)}`);
    if (!replayed) {
      const createdAt = jobs[0]?.createdAt as Date;
      return batchView(
        { id, functionName: asked.functionName, jobCount: jobs.length, holdMicro: holdOf(submission), createdAt },
        noneFinal(jobs.length),
      );
    }
    void reply.header('Idempotency-Replayed', 'true');
    return this.batches.view(await this.found(caller.accountId, encodeId('batch', resource)));
  }

  @Get(':id')
  @RequireScopes('jobs:read')
  @ApiOperation({ operationId: 'getBatch', summary: 'How many of its jobs have each status' })
  @ApiParam(BATCH_ID)
  async get(@CurrentCaller() { accountId }: Caller, @Param('id') id: string): Promise<BatchDto> {
    return this.batches.view(await this.found(accountId, id));
  }

  @Get(':id/results')
  @RequireScopes('jobs:read')
  @ApiOperation({
    operationId: 'listBatchResults',
    summary: 'One line for each final job, in the order of the inputs; go on with after',
  })
  @ApiParam(BATCH_ID)
  @ApiOkResponse({
    description: 'Each line is one of these',
    content: { 'application/x-ndjson': { schema: { $ref: getSchemaPath(BatchResultDto) } } },
  })
  async results(
    @CurrentCaller() { accountId }: Caller,
    @Param('id') id: string,
    @Query() query: BatchResultsQuery,
  ): Promise<StreamableFile> {
    const batch = await this.found(accountId, id);
    return new StreamableFile(Readable.from(linesOf(this.batches.results(batch.id, query.after))), {
      type: 'application/x-ndjson',
    });
  }

  @Delete(':id')
  @HttpCode(200)
  @RequireScopes('jobs:write')
  @ApiOperation({ operationId: 'cancelBatch', summary: 'Cancel those of its jobs that nobody has leased yet' })
  @ApiParam(BATCH_ID)
  async cancel(@CurrentCaller() { accountId }: Caller, @Param('id') id: string): Promise<BatchDto> {
    const batch = await this.found(accountId, id);
    const jobIds = await this.batches.jobIds(batch.id);
    for (let from = 0; from < jobIds.length; from += CANCELLED_PER_SET)
      await this.endUnstarted.cancel(jobIds.slice(from, from + CANCELLED_PER_SET));
    return this.batches.view(batch);
  }

  private ofBody(body: Record<string, unknown>): BatchRequest {
    if (typeof body !== 'object' || body === null || typeof body.function !== 'string') {
      throw invalidField({ pointer: '/function' }, 'function must be the name of a function of this account');
    }
    const { policy } = this.settings;
    const options = optionsOfBody(body, ['function', 'inputs'], policy);
    if (!Array.isArray(body.inputs)) throw invalidField({ pointer: '/inputs' }, 'inputs must be a list of JSON values');
    this.checkCount(body.inputs.length, { pointer: '/inputs' });
    const inputs = body.inputs.map((value: unknown, place) => inputOfValue(value, `/inputs/${place}`, policy));
    return { functionName: body.function, inputs, options };
  }

  private ofLines(body: Buffer, { function: functionName, ...query }: SubmitBatchQuery, request: RawRequest): BatchRequest {
    if (functionName === undefined)
      throw invalidField({ parameter: 'function' }, 'function must be the name of a function of this account');
    const { policy } = this.settings;
    const options = optionsOfRequest({ ...query }, request.headers, policy);
    const inputs: JobInput[] = [];
    let from = 0;
    for (let line = 1; from < body.length; line += 1) {
      const end = body.indexOf(0x0a, from);
      const text = body.subarray(from, end < 0 ? body.length : end);
      from = end < 0 ? body.length : end + 1;
      if (text.length === 0 || (text.length === 1 && text[0] === 0x0d)) continue;
      inputs.push(inputOfText(Buffer.from(text), `/${line}`, policy));
      this.checkCount(inputs.length, { pointer: `/${line}` });
    }
    this.checkCount(inputs.length, { pointer: '' });
    return { functionName, inputs, options };
  }

  private checkCount(count: number, place: { pointer: string }): void {
    const most = this.settings.policy.api.batchInputs;
    if (count >= 1 && count <= most) return;
    throw invalidField(place, `a batch has 1 to ${most} inputs`);
  }

  private async found(accountId: string, text: string): Promise<Batch> {
    const id = decodeId('batch', text);
    const batch = id === undefined ? undefined : await this.batches.byId(accountId, id);
    if (!batch) throw new DomainError('not_found', 'no batch of this account has this id (batch_…)');
    return batch;
  }
}

const noneFinal = (open: number): BatchCountsDto => ({ open, succeeded: 0, failed: 0, timed_out: 0, cancelled: 0 });

async function* linesOf(results: AsyncGenerator<object>): AsyncGenerator<string> {
  for await (const result of results) yield `${exactJson(result)}\n`;
}
