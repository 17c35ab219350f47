import { createHash } from 'node:crypto';
import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiHeader,
  ApiNotModifiedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { decodeId } from '#libs/signing/ids.js';
import { Versions } from '../functions/versions.js';
import { type Caller, CurrentCaller } from '../http/caller.js';
import { DomainError } from '../http/domain-error.js';
import { exactJson } from '../http/exact-json.js';
import { IdempotencyKey, type KeyedRequest } from '../http/idempotency-key.js';
import { Cursors, page } from '../http/paging.js';
import { Refuses } from '../http/refuses.js';
import { RequireScopes } from '../http/require-scopes.js';
import { TakesIdempotencyKey } from '../http/takes-idempotency-key.js';
import { Settings } from '../settings/settings.js';
import { EndUnstartedJobs } from './end-unstarted-jobs.js';
import { JobDto, JobPageDto, SubmitJobDto } from './job.dto.js';
import { cancelledJobExample, queuedJobExample } from './job-examples.js';
import { inputOfValue } from './job-input.js';
import { optionsOfBody } from './job-options.js';
import { jobView, newJobRow } from './job-view.js';
import { JobsQuery, WaitForJobQuery } from './jobs-query.dto.js';
import { PrepareJob } from './prepare-job.js';
import { ReadJobs } from './read-jobs.js';
import { ReadTasks } from './read-tasks.js';
import { ShowJobs } from './show-jobs.js';
import { SubmitBatch } from './submit-batch.js';
import { JobTasksDto } from './task.dto.js';

const JOB_ID = { name: 'id', description: 'The job’s id', example: 'job_01jd8w2v7qe3f9a2kq0v6m4xyz' };

@ApiTags('Jobs')
@Controller('v1/jobs')
export class JobsController {
  constructor(
    private readonly prepareJob: PrepareJob,
    private readonly submitBatch: SubmitBatch,
    private readonly showJobs: ShowJobs,
    private readonly readJobs: ReadJobs,
    private readonly readTasks: ReadTasks,
    private readonly versions: Versions,
    private readonly endUnstarted: EndUnstartedJobs,
    private readonly cursors: Cursors,
    private readonly settings: Settings,
  ) {}

  @Post()
  @HttpCode(202)
  @RequireScopes('functions:invoke')
  @TakesIdempotencyKey()
  @ApiOperation({
    operationId: 'submitJob',
    summary: 'Submit a job; code and inputs are readable by the strangers who run them; send no secrets',
  })
  @ApiBody({ type: SubmitJobDto })
  @ApiAcceptedResponse({ type: JobDto, description: 'Accepted; its credits are held', example: queuedJobExample })
  @Refuses('insufficient_credits', 'account_frozen', 'not_found', 'quarantined', 'conflict')
  async submit(
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() keyed: KeyedRequest,
    @Body() body: Record<string, unknown>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobDto> {
    const { policy } = this.settings;
    const functionName = nameOf(body);
    const options = optionsOfBody(body, ['function', 'input'], policy);
    const input = inputOfValue(body.input, '/input', policy);
    const { version, jobs } = await this.prepareJob.run({ accountId: caller.accountId, functionName, inputs: [input], options });
    const [job] = jobs as [(typeof jobs)[number]];
    const { resource, replayed } = await this.submitBatch.add({
      accountId: caller.accountId,
      keyId: caller.keyId,
      spendCapMicro: caller.dailySpendCapMicro,
      id: job.id,
      jobs,
      idempotency: { route: 'POST /v1/jobs', ...keyed },
    });
    if (!replayed) return jobView(newJobRow(job, null), version, policy.execution);
    void reply.header('Idempotency-Replayed', 'true');
    return this.showJobs.one(caller.accountId, resource);
  }

  @Get()
  @RequireScopes('jobs:read')
  @ApiOperation({ operationId: 'listJobs', summary: 'Jobs of the account, newest first, without payloads' })
  @Refuses('not_found')
  async list(@CurrentCaller() caller: Caller, @Query() query: JobsQuery): Promise<JobPageDto> {
    const { limit, cursor, function: functionName, batchId, createdFrom, createdTo, status } = query;
    const filters = { functionName, batchId, createdFrom, createdTo, status };
    const after = this.cursors.decode(filters, cursor);
    const versionIds = functionName === undefined ? undefined : await this.versions.idsOfFunction(caller.accountId, functionName);
    const rows = await this.readJobs.page(
      caller.accountId,
      {
        ...(status === undefined ? {} : { status }),
        ...(versionIds === undefined ? {} : { versionIds }),
        ...(batchId === undefined ? {} : { batchId: idOf('batch', batchId) }),
        ...(createdFrom === undefined ? {} : { createdFrom: new Date(createdFrom) }),
        ...(createdTo === undefined ? {} : { createdTo: new Date(createdTo) }),
      },
      { ...(after === undefined ? {} : { after }), limit: limit + 1 },
    );
    const { data, nextAfter } = page(rows, limit, (row) => row.jobId);
    return {
      data: await this.showJobs.views(data),
      nextCursor: nextAfter === null ? null : this.cursors.encode(filters, nextAfter),
    };
  }

  @Get(':id')
  @RequireScopes('jobs:read')
  @ApiOperation({ operationId: 'getJob', summary: 'One job; with wait, answers as soon as it is final' })
  @ApiParam(JOB_ID)
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'An ETag seen before', schema: { type: 'string' } })
  @ApiOkResponse({
    type: JobDto,
    headers: { ETag: { schema: { type: 'string' }, description: 'Changes with the job’s state, not with time alone' } },
  })
  @ApiNotModifiedResponse({ description: 'It is as the ETag in If-None-Match said' })
  async get(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: WaitForJobQuery,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobDto | undefined> {
    const jobId = idOf('job', id);
    if (query.wait > 0) await this.showJobs.awaited(caller.accountId, jobId, query.wait * 1_000);
    const view = await this.showJobs.one(caller.accountId, jobId);
    // Only what changes with time alone is left out: the same state has the same tag.
    const { timings: _, ...stable } = view;
    const tag = `"${createHash('sha256').update(exactJson(stable)).digest('base64url').slice(0, 22)}"`;
    void reply.header('ETag', tag);
    if (known !== tag) return view;
    void reply.status(304);
    return undefined;
  }

  @Delete(':id')
  @HttpCode(200)
  @RequireScopes('jobs:write')
  @ApiOperation({ operationId: 'cancelJob', summary: 'Cancel a job that nobody has leased yet' })
  @ApiParam(JOB_ID)
  @ApiOkResponse({ type: JobDto, example: cancelledJobExample })
  @Refuses('job_running', 'conflict')
  async cancel(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<JobDto> {
    const jobId = idOf('job', id);
    const row = await this.showJobs.row(caller.accountId, jobId);
    if (!row.final) {
      await this.endUnstarted.cancel([jobId]);
      const view = await this.showJobs.one(caller.accountId, jobId);
      if (view.status === 'cancelled') return view;
      throw new DomainError('job_running', 'a node has this job; it runs to its verdict and is charged');
    }
    if (row.final.status === 4) return this.showJobs.one(caller.accountId, jobId);
    throw new DomainError('conflict', 'the job is final already');
  }

  @Get(':id/tasks')
  @RequireScopes('jobs:read')
  @ApiOperation({ operationId: 'listJobTasks', summary: 'Who ran the job, what each said and signed; filled once it is settled' })
  @ApiParam(JOB_ID)
  async tasks(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<JobTasksDto> {
    const jobId = idOf('job', id);
    await this.showJobs.row(caller.accountId, jobId);
    return this.readTasks.ofJob(jobId);
  }
}

function nameOf(body: Record<string, unknown>): string {
  if (typeof body === 'object' && body !== null && typeof body.function === 'string') return body.function;
  const detail = 'function must be the name of a function of this account';
  throw new DomainError('validation_failed', detail, { errors: [{ pointer: '/function', detail }] });
}

function idOf(prefix: 'job' | 'batch', text: string): string {
  const id = decodeId(prefix, text);
  if (id === undefined) throw new DomainError('not_found', `${text} is not the id of a ${prefix} (${prefix}_…)`);
  return id;
}
