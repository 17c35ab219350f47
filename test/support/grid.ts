/**
 * A whole grid of real processes for a test: coordinators and workers from dist over a database of its own. Whatever is started here
 * is killed at the end. With TEST_REDIS_URL the coordinators use Redis, else PostgreSQL, for hints and background work.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { freePort } from '../../demo/embedded-postgres.js';
import { PotluckClient } from '../../libs/client/potluck-client.js';
import { freshDatabase, type TestDatabase } from './database.js';

export interface Credential {
  accountId: string;
  apiKey: string;
}

export interface GridOptions {
  /** Changes to the demo policy; time is short in it already. */
  policy?: Record<string, unknown>;
  env?: Record<string, string>;
  /** A database of the test's own; a fresh copy of the template by default. */
  database?: TestDatabase;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const START_PATIENCE_MS = 40_000;

/** A grid in which leases and reviews come soon, so that no test has to wait for them. */
const QUICK = {
  scheduling: { leaseMinMs: 1_500, leaseBaseMs: 1_500, leaseMaxMs: 6_000 },
  verdict: { refereeAwayMs: 8_000 },
};

export class Grid {
  readonly coordinators: ChildProcess[] = [];
  private readonly workers = new Map<string, ChildProcess>();
  private readonly log: string[] = [];
  private client: pg.Client | undefined;

  private constructor(
    readonly directory: string,
    readonly database: TestDatabase,
    readonly port: number,
    private readonly options: GridOptions,
  ) {}

  static async start(options: GridOptions = {}): Promise<Grid> {
    const grid = new Grid(
      mkdtempSync(join(tmpdir(), 'potluck-grid-')),
      options.database ?? (await freshDatabase()),
      await freePort(),
      options,
    );
    writeFileSync(join(grid.directory, 'policy.json'), JSON.stringify(merged(QUICK, options.policy ?? {})));
    await grid.startCoordinator();
    return grid;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  get demo(): { developer: Credential; volunteers: Credential[]; auditor: Credential; operator: Credential } {
    return JSON.parse(readFileSync(join(this.directory, 'demo.json'), 'utf8'));
  }

  /** Everything its processes have said. */
  get output(): string {
    return this.log.join('');
  }

  api(apiKey: string = this.demo.developer.apiKey): PotluckClient {
    return new PotluckClient({ baseUrl: this.url, apiKey, maxRetries: 8 });
  }

  /** Starts a coordinator on the grid's port, or another; resolves when it serves. */
  async startCoordinator(port = this.port, env: Record<string, string> = {}): Promise<ChildProcess> {
    const child = this.spawn(['dist/src/main.js'], {
      DATABASE_URL: this.database.url,
      PORT: String(port),
      PUBLIC_ORIGIN: this.url,
      POTLUCK_HOME: this.directory,
      POTLUCK_POLICY: 'demo',
      POTLUCK_POLICY_FILE: join(this.directory, 'policy.json'),
      POTLUCK_DEMO_FILE: join(this.directory, 'demo.json'),
      LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'warn',
      ...(process.env.TEST_REDIS_URL ? { REDIS_URL: process.env.TEST_REDIS_URL } : {}),
      ...this.options.env,
      ...env,
    });
    this.coordinators.push(child);
    const deadline = Date.now() + START_PATIENCE_MS;
    for (;;) {
      const ready = await fetch(`http://localhost:${port}/readyz`).then(
        (response) => response.ok,
        () => false,
      );
      if (ready) return child;
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the coordinator did not start:\n${this.output}`);
      await sleep(50);
    }
  }

  /** kill -9 of whatever coordinator runs. */
  async killCoordinators(): Promise<void> {
    await Promise.all(this.coordinators.splice(0).map(killed));
  }

  /** A worker of this account, with a state directory of its own name, so that a restart is the same node. */
  async startWorker(name: string, owner: Credential, options: { threads?: number } = {}): Promise<ChildProcess> {
    const state = join(this.directory, `worker-${name}`);
    mkdirSync(state, { recursive: true, mode: 0o700 });
    const { token } = await this.api(owner.apiKey).createEnrolment();
    const child = this.spawn(
      [
        'dist/libs/cli/potluck.js',
        'worker',
        ...[
          '--url',
          this.url,
          '--state',
          state,
          '--name',
          name,
          '--concurrency',
          String(options.threads ?? 2),
          '--enrol',
          String(token),
          '--json',
        ],
      ],
      {},
    );
    this.workers.set(name, child);
    return child;
  }

  async killWorker(name: string): Promise<void> {
    const child = this.workers.get(name);
    this.workers.delete(name);
    if (child) await killed(child);
  }

  /** Ends it in good order: SIGTERM, as a service manager does. */
  async stopWorker(name: string): Promise<number | null> {
    const child = this.workers.get(name);
    this.workers.delete(name);
    if (!child) return null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    child.kill('SIGTERM');
    return ended;
  }

  /** As the owner of the tables: for assertions only. */
  async query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    if (!this.client) {
      this.client = new pg.Client({ connectionString: this.database.url });
      // A server that crashed: the next query opens another connection.
      this.client.on('error', () => {
        this.client = undefined;
      });
      await this.client.connect();
    }
    return (await this.client.query<Row>(sql, values)).rows;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.workers.values(), ...this.coordinators].map(killed));
    await this.client?.end().catch(() => undefined);
    await this.database.drop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private spawn(args: string[], env: Record<string, string>): ChildProcess {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.log.push(text));
    return child;
  }
}

/** Polls until `look` answers something; never sleeps longer than needed. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false | null>, withinMs = 30_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`within ${withinMs} ms it did not happen: ${what}`);
    await sleep(50);
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

function merged(base: Record<string, unknown>, change: Record<string, unknown>): Record<string, unknown> {
  const result = { ...base };
  for (const [name, value] of Object.entries(change)) {
    const known = result[name];
    result[name] = isObject(known) && isObject(value) ? merged(known, value) : value;
  }
  return result;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
