import { Controller, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Abi } from '#libs/sandbox/execution.js';
import { type VersionFacts, Versions } from '../functions/versions.js';
import { type Caller, CurrentCaller } from '../http/caller.js';
import { IdempotencyKey, type KeyedRequest } from '../http/idempotency-key.js';
import type { RawRequest } from '../http/read-body.js';
import { Refuses } from '../http/refuses.js';
import { RequireScopes } from '../http/require-scopes.js';
import { TakesIdempotencyKey } from '../http/takes-idempotency-key.js';
import { Settings } from '../settings/settings.js';
import { answerFinal, answerOpen } from './invocation-answer.js';
import { InvokeQuery } from './invocation-query.dto.js';
import { JobDto } from './job.dto.js';
import { waitingJobExample } from './job-examples.js';
import { inputOfBody } from './job-input.js';
import { optionsOfRequest } from './job-options.js';
import type { JobRow } from './job-view.js';
import { OutcomeWaiters } from './outcome-waiters.js';
import { waitSecondsOf } from './prefer.js';
import { PrepareJob } from './prepare-job.js';
import { ShowJobs } from './show-jobs.js';
import { SubmitBatch } from './submit-batch.js';

/** A body may be absent: the input is then null. */
const INPUT_BODY = {
  required: false,
  description: 'The function’s input. Readable by the strangers who run it; send no secrets',
  content: {
    'application/json': { schema: { description: 'Any JSON value' }, example: { below: 100 } },
    'application/octet-stream': { schema: { type: 'string' as const, description: 'Any bytes' }, example: '2,3,5,7' },
  },
};

@ApiTags('Invoke')
@Controller('v1/functions')
export class InvocationsController {
  constructor(
    private readonly prepareJob: PrepareJob,
    private readonly submitBatch: SubmitBatch,
    private readonly showJobs: ShowJobs,
    private readonly versions: Versions,
    private readonly waiters: OutcomeWaiters,
    private readonly settings: Settings,
  ) {}

  @Post(':name/invoke')
  @RequireScopes('functions:invoke')
  @TakesIdempotencyKey()
  @ApiParam({ name: 'name', description: 'The function’s name', example: 'primes' })
  @ApiHeader({
    name: 'Prefer',
    required: false,
    description: 'wait=N seconds (default 25, at most 55) or respond-async',
    schema: { type: 'string' },
    example: 'wait=10',
  })
  @ApiOperation({
    operationId: 'invokeFunction',
    summary:
      'Run a function and wait for its verified answer; code and inputs are readable by the strangers who run them; send no secrets',
    description:
      'Options come by query or by header: Potluck-Version, Potluck-Assurance, Potluck-Fuel-Limit, Potluck-Max-Charge, Potluck-Deadline-Ms, Potluck-Regions, Potluck-Near, Potluck-Own-Nodes-Only.',
    requestBody: INPUT_BODY,
  })
  @ApiOkResponse({
    description: 'The function’s output itself; with the header Function-Error its body is {error: {kind, message}}',
    headers: {
      'Job-Id': { schema: { type: 'string' }, description: 'The job' },
      Fuel: { schema: { type: 'string' }, description: 'Fuel used' },
      'Credits-Charged': { schema: { type: 'string' }, description: 'Micro-credits' },
      Executions: { schema: { type: 'string' }, description: 'Results by nodes' },
      'Function-Error': { schema: { type: 'string' }, description: 'How the function failed, where it did' },
    },
    content: {
      'application/json': { schema: { description: 'What the function returned' }, example: { count: 25 } },
      'application/octet-stream': {
        schema: { type: 'string', description: 'What a WebAssembly module wrote, where it was given bytes or wrote no JSON' },
        example: '2,3,5,7',
      },
    },
  })
  @ApiAcceptedResponse({
    type: JobDto,
    description: 'Not done in time: follow Location',
    headers: {
      'Job-Id': { schema: { type: 'string' }, description: 'The job' },
      Location: { schema: { type: 'string' }, description: 'Where to wait for it' },
      'Retry-After': { schema: { type: 'string' }, description: 'Seconds after which to look' },
    },
    example: waitingJobExample,
  })
  @Refuses('insufficient_credits', 'account_frozen', 'quarantined', 'conflict', 'job_cancelled', 'job_timed_out')
  async invoke(
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() keyed: KeyedRequest,
    @Param('name') name: string,
    @Query() query: InvokeQuery,
    @Req() request: RawRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { policy } = this.settings;
    const { invokeWaitSeconds, jobWaitMaxSeconds } = policy.scheduling;
    const waitMs = 1_000 * waitSecondsOf(request.headers.prefer, { fallback: invokeWaitSeconds, most: jobWaitMaxSeconds });
    const options = optionsOfRequest({ ...query }, request.headers, policy);
    const input = inputOfBody(request.rawBody, request.headers['content-type'], policy);
    const { jobs, version } = await this.prepareJob.run({
      accountId: caller.accountId,
      functionName: name,
      inputs: [input],
      options,
    });
    const [job] = jobs as [(typeof jobs)[number]];
    // Registered before the job exists, so that no outcome is missed.
    const outcome = waitMs > 0 ? this.waiters.wait(job.id, waitMs) : Promise.resolve(false);
    const { resource, replayed } = await this.submit(caller, job, keyed);
    if (replayed) {
      void reply.header('Idempotency-Replayed', 'true');
      this.waiters.cancel(job.id);
      await this.showJobs.awaited(caller.accountId, resource, waitMs);
    } else {
      await outcome;
    }
    const row = await this.showJobs.row(caller.accountId, resource);
    if (row.final) answerFinal(reply, row, await this.abiOf(row, version), policy.execution);
    else answerOpen(reply, await this.showJobs.one(caller.accountId, resource));
  }

  /** A replay may be of a job of another version. */
  private async abiOf({ versionId }: JobRow, present: VersionFacts): Promise<Abi> {
    if (versionId === present.versionId) return present.abi;
    return (await this.versions.byIds([versionId])).get(versionId)?.abi ?? 'js';
  }

  private async submit(caller: Caller, job: Parameters<SubmitBatch['add']>[0]['jobs'][number], keyed: KeyedRequest) {
    try {
      return await this.submitBatch.add({
        accountId: caller.accountId,
        keyId: caller.keyId,
        spendCapMicro: caller.dailySpendCapMicro,
        id: job.id,
        jobs: [job],
        idempotency: { route: 'POST invoke', ...keyed },
      });
    } catch (error) {
      this.waiters.cancel(job.id);
      throw error;
    }
  }
}
