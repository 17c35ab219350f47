/** The tour's fourth volunteer: an account made for this tour, and the lying worker under it. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PotluckClient } from '#libs/client/potluck-client.js';
import { DemoError } from './demo-error.js';
import { KeptProcess } from './kept-process.js';
import type { LocalGrid } from './local-grid.js';
import type { LiarMessage } from './lying-worker.js';
import { holds, type TourParty } from './tour-party.js';
import { until } from './until.js';
import { workerEnvironment } from './worker-environment.js';

export type Lie = Extract<LiarMessage, { type: 'lied' }>;

const START_PATIENCE_MS = 30_000;
const STOP_MS = 12_000;

export class Liar {
  /** What it has lied about, once it has. */
  lie: Lie | undefined;

  private constructor(
    readonly accountId: string,
    readonly nodeId: string,
    readonly api: PotluckClient,
    private readonly process: KeptProcess,
  ) {
    process.messages.on('message', (message: LiarMessage) => {
      if (message.type === 'lied') this.lie = message;
    });
  }

  static async hire(grid: LocalGrid, home: string, party: TourParty): Promise<Liar> {
    const { account, apiKey } = await party.developer.createAccount({ name: 'tour: the liar' });
    holds(apiKey.secret !== null, 'a new account is shown its key');
    const api = party.clientOf(apiKey.secret);
    // A key of its own in each tour, as every account has.
    const folder = join(home, 'tour');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { token } = await api.createEnrolment();
    const worker = new KeptProcess({
      name: 'the liar',
      program: 'demo/lying-worker.js',
      args: ['--url', party.baseUrl, '--state', join(folder, 'liar'), '--name', 'liar'],
      environment: async () => workerEnvironment(token),
      logFile: join(folder, 'liar.log'),
    });
    grid.add(worker, STOP_MS);
    let nodeId: string | undefined;
    worker.messages.on('message', (message: LiarMessage) => {
      if (message.type === 'serving') nodeId = message.nodeId;
    });
    await worker.start();
    const look = async (): Promise<string | undefined> => {
      if (!worker.isRunning) throw new DemoError(`The liar's worker did not start:\n${worker.lastLines()}`);
      return nodeId;
    };
    const served = await until('the liar’s worker serves', look, { withinMs: START_PATIENCE_MS });
    party.addAccount(account.id, 'the liar');
    party.addNode({ nodeId: served, accountId: account.id, name: 'liar' });
    return new Liar(account.id, served, api, worker);
  }

  /** The next result it delivers is a lie. */
  beginToLie(): void {
    this.process.send('lie');
  }

  async stake(): Promise<bigint> {
    return BigInt((await this.api.balances()).stake);
  }

  leave(): Promise<void> {
    return this.process.stop(STOP_MS);
  }
}
