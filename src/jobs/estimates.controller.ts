import { Controller, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiParam, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { type Caller, CurrentCaller } from '../http/caller.js';
import { invalidField } from '../http/domain-error.js';
import type { RawRequest } from '../http/read-body.js';
import { Refuses } from '../http/refuses.js';
import { RequireScopes } from '../http/require-scopes.js';
import { Settings } from '../settings/settings.js';
import { EstimateBodyDto, EstimateDto, EstimateQuery } from './estimate.dto.js';
import { EstimateJob } from './estimate-job.js';
import { inputOfBody, inputOfValue, type JobInput } from './job-input.js';
import { type JobOptions, optionsOfBody, optionsOfRequest } from './job-options.js';

const ESTIMATE_BODY = {
  required: true,
  content: {
    'application/json': { schema: { $ref: getSchemaPath(EstimateBodyDto) } },
    'application/octet-stream': {
      schema: { type: 'string' as const, description: 'The input’s bytes; the options come by query' },
      example: '2,3,5,7',
    },
  },
};

@ApiTags('Invoke')
@Controller('v1/functions')
export class EstimatesController {
  constructor(
    private readonly estimateJob: EstimateJob,
    private readonly settings: Settings,
  ) {}

  @Post(':name/estimate')
  @HttpCode(200)
  @RequireScopes('functions:invoke')
  @ApiExtraModels(EstimateBodyDto)
  @ApiParam({ name: 'name', description: 'The function’s name', example: 'primes' })
  @ApiOperation({
    operationId: 'estimateFunction',
    summary: 'Run a function once in the referee, free, and tell what a job with this input would cost',
    description:
      'A function that fails is an answer too: outcome says how, and the figures are what the failing job would cost. The dry run gets 1,000,000,000 fuel and 5 s. The fuel is exactly the job’s for a function that does not read its context; one that does may be charged otherwise. Needs no Idempotency-Key.',
    requestBody: ESTIMATE_BODY,
  })
  @ApiOkResponse({ type: EstimateDto })
  @Refuses('quarantined', 'conflict', 'rate_limited', 'referee_busy', 'referee_absent', 'dry_run_unfinished')
  estimate(
    @CurrentCaller() { accountId }: Caller,
    @Param('name') functionName: string,
    @Query() query: EstimateQuery,
    @Req() request: RawRequest,
  ): Promise<EstimateDto> {
    return this.estimateJob.run({ accountId, functionName, ...this.asked(query, request) });
  }

  private asked(query: EstimateQuery, request: RawRequest): { input: JobInput; options: JobOptions } {
    const { policy } = this.settings;
    const { body } = request;
    const mediaType = request.headers['content-type'];
    if (mediaType?.startsWith('application/octet-stream')) {
      const input = inputOfBody(request.rawBody, mediaType, policy);
      return { input, options: optionsOfRequest({ ...query }, {}, policy) };
    }
    const [parameter] = Object.keys(query);
    if (parameter !== undefined) throw invalidField({ parameter }, `${parameter} goes into the JSON body, beside input`);
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw invalidField({ pointer: '' }, 'the body must be a JSON object {input, assurance?, version?, fuelLimit?}');
    const fields = body as Record<string, unknown>;
    const options = optionsOfBody(fields, ['input'], policy, ['version', 'assurance', 'fuelLimit']);
    return { input: inputOfValue(fields.input, '/input', policy), options };
  }
}
