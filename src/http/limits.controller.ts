import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type PublishedPolicy, publishPolicy } from '#libs/policy/publish-limits.js';
import { runtimeIdOf } from '#libs/sandbox/runtime-id.js';
import { Settings } from '../settings/settings.js';

@ApiTags('Grid')
@Controller('v1/limits')
export class LimitsController {
  private readonly limits: PublishedPolicy;

  constructor(settings: Settings) {
    const runtimes = { js: runtimeIdOf('js'), wasm: runtimeIdOf('wasi-command') };
    this.limits = { origin: settings.publicOrigin, runtimeId: runtimes.js, runtimes, ...publishPolicy(settings.policy) };
  }

  @Get()
  @Header('Cache-Control', 'public, max-age=60')
  @ApiOperation({ operationId: 'getLimits', summary: 'Every constant and limit of this grid, and its origin' })
  @ApiOkResponse({
    schema: {
      type: 'object',
      required: ['origin', 'name'],
      properties: {
        origin: { type: 'string', description: 'What this grid calls itself; workers sign for it' },
        runtimeId: { type: 'string', description: 'The runtime that new JavaScript versions are deployed for: runtimes.js' },
        runtimes: {
          type: 'object',
          description: 'The runtime that new versions are deployed for, by the language of their code',
          required: ['js', 'wasm'],
          properties: { js: { type: 'string' }, wasm: { type: 'string' } },
        },
        name: { type: 'string', description: 'The preset: demo or production' },
      },
      additionalProperties: true,
      example: {
        origin: 'http://localhost:3000',
        runtimeId: 'js-1-0123456789ab',
        runtimes: { js: 'js-1-0123456789ab', wasm: 'wasm-1-ba9876543210' },
        name: 'demo',
        credibility: { assumedBadShare: 0.2 },
      },
    },
  })
  get(): PublishedPolicy {
    return this.limits;
  }
}
