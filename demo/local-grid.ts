/**
 * A whole grid on one machine: database, coordinator with the referee, three volunteers' workers. It starts them in this order, keeps
 * each of them alive, and ends them in the reverse order.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PotluckClient } from '#libs/client/potluck-client.js';
import { DemoError } from './demo-error.js';
import { type Credential, type DemoFile, demoFilePath, readDemoFile } from './demo-file.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { KeptProcess } from './kept-process.js';
import { until } from './until.js';
import { workerEnvironment } from './worker-environment.js';

export interface LocalGridOptions {
  home: string;
  port: number;
  /** Aborted when the start is given up. */
  signal: AbortSignal;
  onStep: (words: string) => void;
  onNote: (words: string) => void;
}

const READY_PATIENCE_MS = 90_000;
/** A worker finishes what runs within 5 s and delivers it within as much again. */
const WORKER_STOP_MS = 12_000;
const COORDINATOR_STOP_MS = 12_000;
const DATABASE_RETRY_MS = 1_000;

export class LocalGrid {
  private readonly processes: { process: KeptProcess; stopMs: number }[] = [];
  private postgres: EmbeddedPostgres | undefined;
  private isStopping = false;

  constructor(private readonly options: LocalGridOptions) {}

  get demo(): DemoFile {
    return readDemoFile(this.options.home);
  }

  async start(): Promise<void> {
    const { home, signal, onStep } = this.options;
    const databaseUrl = process.env.DATABASE_URL || (await this.startPostgres());
    signal.throwIfAborted();
    onStep('starting the coordinator');
    await this.startCoordinator(databaseUrl);
    signal.throwIfAborted();
    mkdirSync(join(home, 'workers'), { recursive: true, mode: 0o700 });
    onStep('starting three volunteers’ workers');
    await Promise.all(this.demo.volunteers.map((owner, index) => this.startWorker(`volunteer-${index + 1}`, owner)));
  }

  /** Ends a process of the grid with the others, before them. */
  add(process: KeptProcess, stopMs = WORKER_STOP_MS): void {
    this.processes.push({ process, stopMs });
  }

  /** Workers, coordinator, database: nobody loses the one it still talks to. */
  async stop(): Promise<void> {
    this.isStopping = true;
    const [coordinator, ...workers] = this.processes;
    await Promise.all(workers.map(({ process, stopMs }) => process.stop(stopMs)));
    await coordinator?.process.stop(coordinator.stopMs);
    await this.postgres?.stop();
  }

  /** At once; the database is left to its watchdog, which stops it when this process has ended. */
  kill(): void {
    for (const { process } of this.processes) process.kill();
  }

  private async startPostgres(): Promise<string> {
    const { home, onStep } = this.options;
    this.postgres = await EmbeddedPostgres.start({
      directory: join(home, 'postgres'),
      // The home folder is locked by us: whatever runs in it was left behind.
      takeOver: true,
      onProgress: onStep,
      onDeath: (lastWords) => void this.restartPostgres(lastWords),
    });
    return this.postgres.url();
  }

  private async restartPostgres(lastWords: string): Promise<void> {
    this.options.onNote(`PostgreSQL ended${lastWords ? ` (${lastWords.split('\n').at(-1)})` : ''}; it is started again`);
    while (!this.isStopping) {
      try {
        await this.postgres?.restart();
        return;
      } catch {
        // Its children may still hold the shared memory.
        await new Promise((resolve) => setTimeout(resolve, DATABASE_RETRY_MS));
      }
    }
    await this.postgres?.stop();
  }

  private async startCoordinator(databaseUrl: string): Promise<void> {
    const { home, port, signal, onNote } = this.options;
    const logFile = join(home, 'coordinator.log');
    const coordinator = new KeptProcess({
      name: 'the coordinator',
      program: 'src/main.js',
      endsByItself: true,
      logFile,
      onNote,
      environment: async () => ({
        ...process.env,
        DATABASE_URL: databaseUrl,
        PORT: String(port),
        POTLUCK_HOME: home,
        POTLUCK_POLICY: 'demo',
        POTLUCK_DEMO_FILE: demoFilePath(home),
      }),
    });
    this.add(coordinator, COORDINATOR_STOP_MS);
    await coordinator.start();
    await until('the coordinator answers at /readyz', () => isReady(coordinator, port, logFile), {
      withinMs: READY_PATIENCE_MS,
      signal,
    });
    coordinator.keep();
  }

  private async startWorker(name: string, owner: Credential): Promise<void> {
    const { home, signal, onNote } = this.options;
    const { baseUrl } = this.demo;
    const api = new PotluckClient({ baseUrl, apiKey: owner.apiKey });
    const logFile = join(home, 'workers', `${name}.log`);
    const state = join(home, 'workers', name);
    const worker = new KeptProcess({
      name,
      program: 'libs/cli/potluck.js',
      args: ['worker', '--url', baseUrl, '--name', name, '--concurrency', '1', '--state', state, '--json'],
      // A new token at every start: the database may be another one than the key was registered with.
      environment: async () => workerEnvironment((await api.createEnrolment()).token),
      logFile,
      onNote,
    });
    this.add(worker);
    const startedAt = Date.now();
    await worker.start();
    const look = async (): Promise<boolean> => {
      for await (const node of api.nodes()) if (node.lastSeenAt && Date.parse(node.lastSeenAt) >= startedAt - 1_000) return true;
      if (!worker.isRunning) throw new DemoError(`${name} did not start:\n${worker.lastLines()}\nIts whole log: ${logFile}`);
      return false;
    };
    await until(`${name} serves (its log: ${logFile})`, look, { withinMs: READY_PATIENCE_MS, signal });
    worker.keep();
  }
}

async function isReady(coordinator: KeptProcess, port: number, logFile: string): Promise<boolean> {
  if (!coordinator.isRunning)
    throw new DemoError(`The coordinator did not start. The end of ${logFile}:\n${coordinator.lastLines()}`);
  return fetch(`http://localhost:${port}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  );
}
