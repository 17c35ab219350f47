/** Writes the referee's runs for jobs: each row carries code, input and context, so that its child process needs nothing else. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { newId } from '#libs/signing/ids.js';
import { Versions } from '../functions/versions.js';
import { guestContext } from '../jobs/guest-context.js';
import { JobFactsReader } from '../jobs/job-facts.js';
import { RefereeRuns } from '../referee/referee-runs.js';
import type { RefereeAsk } from './settlement-plan.js';

@Injectable()
export class AskReferee {
  constructor(
    private readonly jobFacts: JobFactsReader,
    private readonly versions: Versions,
    private readonly refereeRuns: RefereeRuns,
  ) {}

  async run(tx: EntityManager, asks: RefereeAsk[]): Promise<void> {
    if (asks.length === 0) return;
    const facts = await this.jobFacts.byIds(
      asks.map(({ jobId }) => jobId),
      tx,
    );
    const inputs = await this.jobFacts.inputs(tx, [...facts.values()]);
    const versions = await this.versions.byIds([...new Set([...facts.values()].map(({ versionId }) => versionId))]);
    const runs = [];
    for (const { jobId, purpose } of asks) {
      const job = facts.get(jobId);
      const version = job && versions.get(job.versionId);
      const input = inputs.get(jobId);
      const code = version && (await this.versions.code(version.codeDigest));
      if (!job || !version || !code || !input)
        throw new Error(`the referee cannot be asked about ${jobId}: its code or input is gone`);
      runs.push({
        id: newId(),
        purpose,
        subject: jobId,
        runtimeId: version.runtimeId,
        abi: version.abi,
        code: code.bytes,
        codeDigest: version.codeDigest,
        input,
        contentType: job.contentType,
        context: guestContext(job, version),
        limits: { fuelLimit: job.fuelLimit, memoryBytes: job.memoryBytes, maxOutputBytes: job.maxOutputBytes },
      });
    }
    await this.refereeRuns.request(tx, runs);
  }
}
