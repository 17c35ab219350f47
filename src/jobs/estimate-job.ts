/**
 * What a job would cost, by running it once: the referee executes version and input as a node would, and the price comes of the same
 * functions as a settlement's. For a function that does not read its context, the fuel is the one that the job will be charged for.
 */
import { Injectable } from '@nestjs/common';
import { chargeOf, unitPrice } from '#libs/credits/price.js';
import { runtimeIdOf } from '#libs/sandbox/runtime-id.js';
import { type VersionFacts, Versions } from '../functions/versions.js';
import { DomainError } from '../http/domain-error.js';
import { DryRun } from '../referee/dry-run.js';
import type { FinishedRun } from '../referee/referee-runs.js';
import { Settings } from '../settings/settings.js';
import type { EstimateDto } from './estimate.dto.js';
import { EstimateTimes } from './estimate-times.js';
import { guestContext } from './guest-context.js';
import type { JobInput } from './job-input.js';
import type { JobOptions } from './job-options.js';
import type { NewJob } from './new-job.js';
import { PrepareJob } from './prepare-job.js';

@Injectable()
export class EstimateJob {
  constructor(
    private readonly prepareJob: PrepareJob,
    private readonly versions: Versions,
    private readonly dryRun: DryRun,
    private readonly times: EstimateTimes,
    private readonly settings: Settings,
  ) {}

  async run(request: { accountId: string; functionName: string; input: JobInput; options: JobOptions }): Promise<EstimateDto> {
    const { accountId, functionName, input, options } = request;
    const { version, jobs } = await this.prepareJob.run({ accountId, functionName, inputs: [input], options });
    const [job] = jobs as [NewJob];
    if (!this.settings.refereeEnabled) {
      const detail = 'this grid has no referee, and so no dry runs; the hold of a job is the most it can cost';
      throw new DomainError('referee_absent', detail);
    }
    const run = await this.executed(accountId, version, job);
    if (run.outcome === null || run.fuel === null) throw unfinished(run);
    const outputBytes = run.output?.length ?? 0;
    const unit = unitPrice({ fuel: run.fuel, inputBytes: input.bytes.length, outputBytes }, this.settings.policy.price);
    return {
      outcome: run.outcome,
      fuel: run.fuel.toString(),
      outputBytes,
      unit: unit.toString(),
      charge: chargeOf(unit, job.rateHundredths).toString(),
      hold: job.holdMicro.toString(),
      // R is the measured mean × 1.02 (TRUST.md §6), both in hundredths.
      executions: Math.round((job.rateHundredths * 100) / 102) / 100,
    };
  }

  private async executed(accountId: string, version: VersionFacts, job: NewJob): Promise<FinishedRun> {
    const { runtimeId, abi, codeDigest } = version;
    if (runtimeId !== runtimeIdOf(abi)) {
      const detail = `this version is of the runtime ${runtimeId}, dry runs are of ${runtimeIdOf(abi)}: deploy its code again`;
      throw new DomainError('conflict', detail);
    }
    const code = await this.versions.code(codeDigest);
    if (!code) throw new DomainError('not_found', 'the code of this version is gone');
    const { policy } = this.settings;
    const { estimateFuelMax } = policy.referee;
    const { memoryBytes, maxOutputBytes, fuelLimit } = job;
    return this.dryRun.run(
      {
        purpose: 'estimate',
        runtimeId,
        abi,
        code: code.bytes,
        codeDigest,
        input: job.input,
        contentType: job.contentType,
        // What the job itself would be told, whatever the dry run may use.
        context: guestContext({ jobId: job.id, createdAt: job.createdAt, fuelLimit }, version),
        limits: { fuelLimit: fuelLimit < estimateFuelMax ? fuelLimit : estimateFuelMax, memoryBytes, maxOutputBytes },
      },
      async (tx) => {
        const { estimatesPerHour } = policy.api;
        if (estimatesPerHour !== null) await this.times.count(tx, accountId, estimatesPerHour);
      },
    );
  }
}

function unfinished({ hostFailure }: FinishedRun): DomainError {
  const reasons: Readonly<Record<string, string>> = {
    wall_timeout: 'it took more time than a dry run gets; a job has more',
    host_out_of_memory: 'it took more memory than a dry run gets; a job has more',
  };
  const reason = reasons[hostFailure ?? ''] ?? 'the process that ran it was ended';
  return new DomainError('dry_run_unfinished', `the dry run came to no end: ${reason}`, { retryAfterSeconds: 5 });
}
