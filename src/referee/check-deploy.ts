/** The dry run of a deploy: the referee loads the module as a node would, within five seconds; the caller waits for it. */
import { Injectable } from '@nestjs/common';
import { newId } from '#libs/signing/ids.js';
import { Transaction } from '../database/transaction.js';
import { DomainError } from '../http/domain-error.js';
import { Hints } from '../queue/hints.js';
import { Settings } from '../settings/settings.js';
import { type FinishedRun, type NewRun, RefereeRuns } from './referee-runs.js';

const LOOK_MS = 100;

@Injectable()
export class CheckDeploy {
  constructor(
    private readonly transaction: Transaction,
    private readonly refereeRuns: RefereeRuns,
    private readonly hints: Hints,
    private readonly settings: Settings,
  ) {}

  /** @throws DomainError function_invalid where the code cannot be loaded, referee_busy where nobody could look in time */
  async run(version: Pick<NewRun, 'runtimeId' | 'abi' | 'code' | 'codeDigest' | 'context' | 'limits'>): Promise<void> {
    // Without a referee the first node that runs it finds out.
    if (!this.settings.refereeEnabled) return;
    const { deployQueue, deployTimeoutMs } = this.settings.policy.referee;
    if ((await this.refereeRuns.waiting('deploy')) >= deployQueue) throw busy();
    const id = newId();
    const run: NewRun = {
      ...version,
      id,
      subject: id,
      purpose: 'deploy',
      input: Buffer.from('null'),
      contentType: 'application/json',
    };
    await this.transaction.run((tx) => this.refereeRuns.request(tx, [run]));
    this.hints.send('referee_requested');
    const finished = await this.finished(id, 2 * deployTimeoutMs);
    if (!finished) {
      await this.refereeRuns.withdraw(id);
      throw busy();
    }
    refuseFailed(finished);
  }

  private async finished(id: string, withinMs: number): Promise<FinishedRun | undefined> {
    const deadline = Date.now() + withinMs;
    let wake: () => void = () => undefined;
    const stopListening = this.hints.on('referee_finished', () => wake());
    try {
      for (;;) {
        const run = await this.refereeRuns.collect(id);
        if (run || Date.now() > deadline) return run;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOOK_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    } finally {
      stopListening();
    }
  }
}

function refuseFailed(run: FinishedRun): void {
  if (run.outcome === 'ok') return;
  const detail = run.hostFailure ? 'loading the module took more than 5 s or more memory than allowed' : messageOf(run.output);
  throw new DomainError('function_invalid', detail, { errors: [{ pointer: '/source', detail }] });
}

function messageOf(output: Buffer | null): string {
  try {
    return (JSON.parse(output?.toString('utf8') ?? '') as { message: string }).message;
  } catch {
    return 'the module cannot be loaded';
  }
}

const busy = (): DomainError =>
  new DomainError('referee_busy', 'the referee has no time to try this version now; deploy again in a moment', {
    retryAfterSeconds: 5,
  });
