import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger } from '@nestjs/common';
import type { Job } from 'bullmq';
import { RECURRING, RecurringWork } from './recurring-work.js';

@Processor(RECURRING)
export class RecurringProcessor extends WorkerHost {
  private readonly logger = new Logger(RecurringProcessor.name);

  constructor(private readonly recurringWork: RecurringWork) {
    super();
  }

  async process(job: Job): Promise<void> {
    const startedAt = Date.now();
    await this.recurringWork.run(job.name);
    this.logger.debug({ name: job.name, ms: Date.now() - startedAt }, 'background work done');
  }
}
