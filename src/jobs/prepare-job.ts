/** From a validated request to jobs that are ready to insert: version resolved, quoted, ids drawn. */

import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { newId } from '#libs/signing/ids.js';
import { rateOf } from '#libs/trust/verdict.js';
import { type VersionFacts, Versions } from '../functions/versions.js';
import { DomainError } from '../http/domain-error.js';
import { Settings } from '../settings/settings.js';
import { assuranceOf } from './assurance-text.js';
import type { JobInput } from './job-input.js';
import type { JobOptions } from './job-options.js';
import type { NewJob } from './new-job.js';
import { quoteJob } from './quote-job.js';

export interface PreparedJobs {
  version: VersionFacts;
  jobs: NewJob[];
}

@Injectable()
export class PrepareJob {
  constructor(
    private readonly versions: Versions,
    private readonly settings: Settings,
  ) {}

  async run(request: {
    accountId: string;
    functionName: string;
    inputs: JobInput[];
    options: JobOptions;
  }): Promise<PreparedJobs> {
    const { options } = request;
    const version = await this.versions.resolve(request.accountId, request.functionName, options.version);
    const { policy } = this.settings;
    const own = options.placement.ownNodesOnly === true;
    const rateHundredths = rateOf(assuranceOf(options.assurance), policy);
    const createdAt = new Date();
    const deadlineAt = new Date(createdAt.getTime() + options.deadlineMs);
    const jobs = request.inputs.map((input): NewJob => {
      const quote = quoteJob(
        {
          inputBytes: input.bytes.length,
          rateHundredths,
          ...(options.fuelLimit === undefined ? {} : { fuelLimit: options.fuelLimit }),
          ...(options.maxChargeMicro === undefined || own ? {} : { maxChargeMicro: options.maxChargeMicro }),
          version: { ...version, fuelLimit: version.limits.fuelLimit, maxOutputBytes: version.limits.maxOutputBytes },
        },
        policy,
      );
      if (quote.state === 'refused') {
        throw new DomainError('validation_failed', quote.detail, { errors: [{ pointer: quote.pointer, detail: quote.detail }] });
      }
      return {
        id: newId(),
        versionId: version.versionId,
        input: input.bytes,
        inputDigest: createHash('sha256').update(input.bytes).digest(),
        contentType: input.contentType,
        assurance: options.assurance,
        fuelLimit: quote.fuelLimit,
        memoryBytes: version.limits.memoryBytes,
        maxOutputBytes: version.limits.maxOutputBytes,
        rateHundredths,
        holdMicro: own ? 0n : quote.holdMicro,
        laneUnitMicro: quote.laneUnitMicro,
        placement: options.placement,
        createdAt,
        deadlineAt,
      };
    });
    return { version, jobs };
  }
}
