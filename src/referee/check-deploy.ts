/** The dry run of a deploy: the referee loads the module as a node would, within five seconds; the caller waits for it. */
import { Injectable } from '@nestjs/common';
import { DomainError } from '../http/domain-error.js';
import { Settings } from '../settings/settings.js';
import { DryRun } from './dry-run.js';
import type { FinishedRun, NewRun } from './referee-runs.js';

@Injectable()
export class CheckDeploy {
  constructor(
    private readonly dryRun: DryRun,
    private readonly settings: Settings,
  ) {}

  /** @throws DomainError function_invalid where the code cannot be loaded, referee_busy where nobody could look in time */
  async run(version: Pick<NewRun, 'runtimeId' | 'abi' | 'code' | 'codeDigest' | 'context' | 'limits'>): Promise<void> {
    // Without a referee the first node that runs it finds out.
    if (!this.settings.refereeEnabled) return;
    const input = { input: Buffer.from('null'), contentType: 'application/json' };
    const finished = await this.dryRun.run({ ...version, ...input, purpose: 'deploy' });
    if (finished.outcome !== 'ok') throw refusal(finished, version.abi === 'js' ? '/source' : '/module');
  }
}

function refusal(run: FinishedRun, pointer: string): DomainError {
  const detail = run.hostFailure ? 'loading the module took more than 5 s or more memory than allowed' : messageOf(run.output);
  return new DomainError('function_invalid', detail, { errors: [{ pointer, detail }] });
}

function messageOf(output: Buffer | null): string {
  try {
    return (JSON.parse(output?.toString('utf8') ?? '') as { message: string }).message;
  } catch {
    return 'the module cannot be loaded';
  }
}
