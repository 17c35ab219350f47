/** A node that serves honestly until it is told to lie: the worker's own core with an execute of ours. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Execution, ExecutionResult } from '../../libs/sandbox/execution.js';
import { Executor } from '../../libs/sandbox/node/executor.js';
import { runtimeIds } from '../../libs/sandbox/runtime-id.js';
import { joinGrid } from '../../libs/worker/join-grid.js';
import { Worker } from '../../libs/worker/worker.js';
import type { Credential, Grid } from './grid.js';

export class Turncoat {
  lies = false;
  lied = 0;

  private constructor(
    readonly nodeId: string,
    private readonly worker: Worker,
    private readonly executor: Executor,
    private readonly running: Promise<unknown>,
  ) {}

  static async start(grid: Grid, owner: Credential): Promise<Turncoat> {
    const stateDirectory = join(grid.directory, 'turncoat');
    mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
    const { token } = await grid.api(owner.apiKey).createEnrolment();
    const { origin, nodeId, secretKey } = await joinGrid({ url: grid.url, stateDirectory, enrolment: token!, name: 'turncoat' });
    const executor = await Executor.start({ threads: 1 });
    let turncoat: Turncoat | undefined;
    const execute = async (execution: Execution): Promise<ExecutionResult> => {
      const result = await executor.run(execution);
      if (!turncoat?.lies || 'hostFailure' in result) return result;
      turncoat.lied += 1;
      return { ...result, output: new TextEncoder().encode('"a lie"') };
    };
    const worker = new Worker({ url: grid.url, origin, nodeId, secretKey, runtimes: runtimeIds, threads: 1, execute });
    turncoat = new Turncoat(nodeId, worker, executor, worker.run());
    return turncoat;
  }

  async stop(): Promise<void> {
    this.worker.stop();
    await this.running;
    await this.executor.stop();
  }
}
